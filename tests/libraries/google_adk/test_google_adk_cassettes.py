# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, with

    python -m pytest --record-mode=rewrite tests/libraries/google_adk/test_google_adk_cassettes.py

in an environment of a lane. Then the client reaches the provider as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from google.adk.tools.agent_tool import AgentTool
from google.genai import errors

from alike.runs import used
from cassette import ADDRESS, LINE
from libraries.google_adk.conftest import APP, MODEL, agent, connected, get_weather
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from google import genai

    from harness import Recorder
    from libraries.google_adk.conftest import Ask

pytestmark = pytest.mark.vcr
MATCH_ON = LINE
CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})])


@pytest.fixture
def script() -> list[Reply]:
    """Return what the provider answers while a cassette is made."""
    return [CALL, Reply("It is sunny in Lisbon.")]


@pytest.fixture(autouse=True)
async def recorded(
    client: genai.Client, record_mode: str, script: list[Reply], wires: list
) -> AsyncIterator[None]:
    """Let every agent ask the fixed address."""
    if record_mode == "none":
        made = connected(ADDRESS)
        yield
    else:
        with Provider(wires=wires) as provider:
            provider.say(*script)
            made = connected(ADDRESS, proxy=provider.url)
            yield
    await made.aio.aclose()


@pytest.mark.default_cassette("run.yaml")
async def test_a_run(traced: Recorder, ask: Ask) -> None:
    await ask(agent(tools=[get_weather]))
    assert used(traced) == [
        ("invoke_agent forecaster", 0, 0),
        (f"generate_content {MODEL}", 150, 11),
        ("execute_tool get_weather", 0, 0),
        (f"generate_content {MODEL}", 183, 6),
    ]


@pytest.mark.default_cassette("run_streamed.yaml")
async def test_a_streamed_run(traced: Recorder, ask: Ask) -> None:
    await ask(agent(tools=[get_weather]), stream=True)
    assert used(traced) == [
        ("invoke_agent forecaster", 0, 0),
        (f"generate_content {MODEL}", 150, 11),
        ("execute_tool get_weather", 0, 0),
        (f"generate_content {MODEL}", 183, 6),
    ]


@pytest.mark.default_cassette("agent_as_tool.yaml")
@pytest.mark.parametrize(
    "script",
    [[Reply(tool_calls=[ToolCall("forecaster", {"request": "Lisbon?"})]), Reply("Sunny."), Reply("Sunny.")]],
)
async def test_an_agent_as_a_tool(traced: Recorder, ask: Ask, script: list[Reply]) -> None:
    await ask(agent("boss", tools=[AgentTool(agent())]))
    assert traced.tree() == [
        f"invoke_workflow {APP}",
        "  invoke_agent boss",
        f"    generate_content {MODEL}",
        "    execute_tool forecaster",
        "      invoke_agent forecaster",
        f"        generate_content {MODEL}",
        f"    generate_content {MODEL}",
    ]


@pytest.mark.default_cassette("error.yaml")
@pytest.mark.parametrize("script", [[Reply(error=429)]])
async def test_an_error(traced: Recorder, ask: Ask, script: list[Reply]) -> None:
    with pytest.raises(errors.ClientError):
        await ask(agent(), "hi")
    assert len({(span.attributes or {})["error.type"] for span in traced.spans}) == 1
