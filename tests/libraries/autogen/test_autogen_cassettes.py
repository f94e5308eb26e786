# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them.

They are made again with `--record-mode=rewrite` in an environment of a lane, by the reference provider as a proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.tools import AgentTool
from autogen_ext.models.openai import OpenAIChatCompletionClient

from alike.weather import ASK
from cassette import LINE
from libraries.autogen.conftest import get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE
BASE_URL = "http://provider.test/v1"


@pytest.fixture
async def recorded(proxy: str | None) -> AsyncIterator[Callable[..., AssistantAgent]]:
    """Return a maker of agents that ask a fixed address."""
    http: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx
    async with http.AsyncClient(proxy=proxy) as sender:

        def made(name: str, **settings: Any) -> AssistantAgent:
            client = OpenAIChatCompletionClient(
                model="gpt-4o-mini", base_url=BASE_URL, api_key="test", max_retries=0, http_client=sender
            )
            return AssistantAgent(name, client, **settings)

        yield made


def used(recorder: Recorder) -> int:
    """Return the tokens of all spans."""
    names = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
    return sum((span.attributes or {}).get(name, 0) for span in recorder.spans for name in names)


@pytest.mark.default_cassette("run.yaml")
async def test_a_run(traced: Recorder, recorded: Callable[..., AssistantAgent]) -> None:
    result = await recorded("forecaster", tools=[get_weather], reflect_on_tool_use=True).run(task=ASK)
    assert [span.name for span in traced.spans] == [
        "invoke_agent forecaster",
        "chat gpt-4o-mini",
        "execute_tool get_weather",
        "chat gpt-4o-mini",
    ]
    usages = [message.models_usage for message in result.messages if message.models_usage is not None]
    assert used(traced) == sum(each.prompt_tokens + each.completion_tokens for each in usages)


@pytest.mark.default_cassette("run_streamed.yaml")
async def test_a_streamed_run(traced: Recorder, recorded: Callable[..., AssistantAgent]) -> None:
    async for _ in recorded("forecaster", model_client_stream=True).run_stream(task="hi"):
        pass
    assert traced.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]


@pytest.mark.default_cassette("agent_as_tool.yaml")
async def test_an_agent_as_a_tool(traced: Recorder, recorded: Callable[..., AssistantAgent]) -> None:
    await recorded("host", tools=[AgentTool(recorded("get_weather"))]).run(task=ASK)
    assert traced.tree() == [
        "invoke_agent host",
        "  chat gpt-4o-mini",
        "  execute_tool get_weather",
        "    invoke_agent get_weather",
        "      chat gpt-4o-mini",
    ]


@pytest.mark.default_cassette("team.yaml")
async def test_a_team(traced: Recorder, recorded: Callable[..., AssistantAgent]) -> None:
    members: list[Any] = [recorded("one"), recorded("two")]
    await RoundRobinGroupChat(members, termination_condition=MaxMessageTermination(3)).run(task="hi")
    assert traced.tree() == [
        "invoke_workflow",
        "  invoke_agent one",
        "    chat gpt-4o-mini",
        "  invoke_agent two",
        "    chat gpt-4o-mini",
    ]
