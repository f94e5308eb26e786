# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, with

    python -m pytest --record-mode=rewrite tests/libraries/openai_agents/test_openai_agents_cassettes.py

in an environment of a lane. Then the client reaches the provider as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import agents
import openai
import pytest
from agents import Agent, RunConfig, Runner

from alike.runs import used
from alike.weather import ASK
from cassette import LINE
from libraries.openai_agents.conftest import get_weather

if TYPE_CHECKING:
    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies grow from version to version.
MATCH_ON = LINE


def forecaster(client: openai.AsyncOpenAI, *, chat: bool = False) -> Agent:
    kind = agents.OpenAIChatCompletionsModel if chat else agents.OpenAIResponsesModel
    return Agent(name="Forecaster", model=kind("gpt-4o-mini", client), tools=[get_weather])


@pytest.mark.default_cassette("run.yaml")
async def test_a_run(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    await Runner.run(forecaster(recorded), ASK)
    assert used(traced) == [
        ("invoke_agent Forecaster", 0, 0),
        ("chat gpt-4o-mini", 130, 11),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 155, 12),
    ]


@pytest.mark.default_cassette("run_chat.yaml")
async def test_a_run_on_chat_completions(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    await Runner.run(forecaster(recorded, chat=True), ASK)
    assert used(traced) == [
        ("invoke_agent Forecaster", 0, 0),
        ("chat gpt-4o-mini", 137, 11),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 162, 12),
    ]


@pytest.mark.default_cassette("run_streamed.yaml")
async def test_a_streamed_run(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    result = Runner.run_streamed(forecaster(recorded), ASK)
    async for _ in result.stream_events():
        pass
    assert used(traced) == [
        ("invoke_agent Forecaster", 0, 0),
        ("chat gpt-4o-mini", 130, 11),
        ("execute_tool get_weather", 0, 0),
        ("chat gpt-4o-mini", 155, 12),
    ]


@pytest.mark.default_cassette("agent_as_tool.yaml")
async def test_an_agent_as_a_tool(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    inner = forecaster(recorded)
    tool = inner.as_tool("ask_weather", "Ask about the weather of a city")
    boss = Agent(name="Boss", model=inner.model, tools=[tool])
    await Runner.run(boss, ASK, run_config=RunConfig(workflow_name="Morning"))
    assert traced.tree() == [
        "invoke_workflow Morning",
        "  invoke_agent Boss",
        "    chat gpt-4o-mini",
        "    execute_tool ask_weather",
        "      invoke_agent Forecaster",
        "        chat gpt-4o-mini",
        "        execute_tool get_weather",
        "        chat gpt-4o-mini",
        "    chat gpt-4o-mini",
    ]


@pytest.mark.default_cassette("error.yaml")
async def test_an_error(traced: Recorder, recorded: openai.AsyncOpenAI) -> None:
    failing = Agent(name="Forecaster", model=agents.OpenAIResponsesModel("error:429", recorded))
    with pytest.raises(openai.RateLimitError):
        await Runner.run(failing, "hi")
    assert [span.attributes["error.type"] for span in traced.spans] == ["openai.RateLimitError"] * 2
