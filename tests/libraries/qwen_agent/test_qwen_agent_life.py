# SPDX-License-Identifier: Apache-2.0
"""With us and without us: what was made before, suppression, undoing, odd answers, and caches."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from qwen_agent import Agent
from qwen_agent.llm.base import BaseChatModel

from alike import weather
from alike.lives import *  # noqa: F403 - the tests that such frameworks have alike
from alike.lives import Life
from libraries.qwen_agent.conftest import ask, calls
from spanwright.console.provider import Reply
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.qwen_agent import QwenAgentInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


@pytest.fixture
def life(forecaster: Any, model: Callable[..., Any], provider: Provider) -> Life:
    """Return what the framework is asked by the tests that others have alike."""
    begin, chat = forecaster.run_nonstream, model()

    async def run() -> None:
        say(provider)
        begin(ask())

    async def answer() -> Any:
        return chat.chat(messages=ask(), stream=False)

    def seams() -> list[Any]:
        return [vars(Agent)["run"], vars(Agent)["_call_tool"], vars(BaseChatModel)["chat"]]

    return Life("qwen_agent", weather.tree("forecaster"), seams, run, answer)


def say(provider: Provider) -> None:
    provider.say(calls("get_weather", city="Lisbon"), Reply("It is sunny."))


def test_runs_and_streams_are_the_generators_that_they_were(
    traced: Recorder, forecaster: Any, model: Callable[..., Any]
) -> None:
    assert inspect.isgeneratorfunction(Agent.run)
    for stream in (forecaster.run(ask()), model().chat(messages=ask())):
        assert inspect.isgenerator(stream)
        stream.close()
    assert "messages" in inspect.signature(Agent.run).parameters
    assert traced.spans == []


def test_the_same_comes_back_as_without_us(recorder: Recorder, forecaster: Any, provider: Provider) -> None:
    say(provider)
    bare = list(forecaster.run(ask()))
    recorder.instrument(QwenAgentInstrumentor(), OpenAIInstrumentor())
    say(provider)
    assert list(forecaster.run(ask())) == bare
    told = [request.body["messages"] for request in provider.requests]
    assert told[:2] == told[2:]


def test_what_a_model_answers_from_its_cache_is_no_call(traced: Recorder, model: Callable[..., Any]) -> None:
    class Cache(dict[str, str]):
        """What the framework asks of its cache."""

        set = dict.__setitem__

    asked = model()
    asked.cache = Cache()
    for _ in range(2):
        assert list(asked.chat(messages=ask()))
    assert traced.tree() == ["chat gpt-4o-mini"]
