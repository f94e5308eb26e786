# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, with

    python -m pytest --record-mode=rewrite tests/libraries/strands/test_strands_cassettes.py

in an environment of a lane. Then the client reaches the provider as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from strands import Agent, tool
from strands.models.openai import OpenAIModel

from alike.runs import used
from cassette import ADDRESS, LINE
from libraries.strands.conftest import MODEL, QUESTION, SUNNY, get_weather
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE


@pytest.fixture
def script() -> list[Reply]:
    """Return what the provider answers while a cassette is made."""
    return list(SUNNY)


@pytest.fixture(autouse=True)
def _recorded(record_mode: str, script: list[Reply], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the clients reach a provider as their proxy while a cassette is made: the SDK makes one for each call."""
    if record_mode == "none":
        yield
    else:
        with Provider() as provider:
            provider.say(*script)
            monkeypatch.setenv("HTTP_PROXY", provider.url)
            yield


def agent(name: str = "forecaster", **settings: Any) -> Agent:
    """Return an agent that asks the fixed address."""
    asked = {"base_url": f"{ADDRESS}/v1", "api_key": "test", "max_retries": 0}
    model = OpenAIModel(client_args=asked, model_id=MODEL)
    return Agent(name=name, model=model, callback_handler=None, **settings)


@pytest.mark.default_cassette("run.yaml")
async def test_a_run(traced: Recorder) -> None:
    await agent(tools=[get_weather]).invoke_async(QUESTION)
    assert used(traced) == [
        ("invoke_agent forecaster", 0, 0),
        (f"chat {MODEL}", 115, 11),
        ("execute_tool get_weather", 0, 0),
        (f"chat {MODEL}", 140, 6),
    ]


@pytest.mark.default_cassette("run_streamed.yaml")
async def test_a_streamed_run(alone: Recorder) -> None:
    async for _ in agent(tools=[get_weather]).stream_async(QUESTION):
        pass
    assert used(alone) == [
        ("invoke_agent forecaster", 0, 0),
        (f"chat {MODEL}", 115, 11),
        ("execute_tool get_weather", 0, 0),
        (f"chat {MODEL}", 140, 6),
    ]


@pytest.mark.default_cassette("agent_as_tool.yaml")
@pytest.mark.parametrize(
    "script",
    [[Reply(tool_calls=[ToolCall("guide", {"question": "Where?"})]), Reply("Left."), Reply("To the left.")]],
)
async def test_an_agent_as_a_tool(traced: Recorder, script: list[Reply]) -> None:
    inner = agent("guide")

    @tool
    async def guide(question: str) -> str:
        """Tell the way."""
        return str(await inner.invoke_async(question))

    await agent("host", tools=[guide]).invoke_async("Where is the hall?")
    assert traced.tree() == [
        "invoke_agent host",
        f"  chat {MODEL}",
        "  execute_tool guide",
        "    invoke_agent guide",
        f"      chat {MODEL}",
        f"  chat {MODEL}",
    ]


@pytest.mark.default_cassette("error.yaml")
@pytest.mark.parametrize("script", [[Reply(error=401)]])
async def test_an_error(traced: Recorder, script: list[Reply]) -> None:
    with pytest.raises(openai.AuthenticationError):
        await agent().invoke_async("hi")
    assert [(span.attributes or {})["error.type"] for span in traced.spans] == [
        "openai.AuthenticationError"
    ] * 2
