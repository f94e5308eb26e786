# SPDX-License-Identifier: Apache-2.0
"""With us and without us: what was made before, suppression, undoing, odd answers, middleware and events."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from beeai_framework.backend import AssistantMessage, ChatModelOutput, UserMessage
from beeai_framework.context import Run, RunContext
from opentelemetry import trace

from alike import weather
from alike.lives import *  # noqa: F403 - the tests that such frameworks have alike
from alike.lives import Life
from libraries.beeai.conftest import ASK, calls, get_weather, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = weather.tree("forecaster")


@pytest.fixture
def life(make: Callable[..., Any], model: Callable[..., Any], forecaster: Any, provider: Provider) -> Life:
    """Return what the framework is asked by the tests that others have alike."""
    begins = [forecaster.run]

    async def run() -> None:
        provider.say(calls("get_weather", city="Lisbon"), says("It is sunny."))
        # An agent remembers what it was asked.
        await (begins.pop() if begins else make("forecaster", get_weather).run)(ASK)

    chat = model()

    async def ask() -> Any:
        answer = await chat.run([UserMessage("hi")])
        return answer.get_text_content(), str(answer.usage), answer.finish_reason

    return Life("beeai_framework", TREE, lambda: [vars(RunContext)["enter"]], run, ask)


async def test_what_begins_a_run_is_what_it_was(
    traced: Recorder, forecaster: Any, provider: Provider
) -> None:
    assert list(inspect.signature(RunContext.enter).parameters) == ["instance", "fn", "signal", "run_params"]
    provider.say(calls("get_weather", city="Lisbon"), says("It is sunny."))
    begun = forecaster.run(ASK)
    assert type(begun) is Run
    told = [meta.path async for _, meta in begun]
    assert told
    assert trace.get_current_span() is trace.INVALID_SPAN
    assert traced.tree() == TREE


async def test_what_middleware_answers_reaches_no_model(
    traced: Recorder, model: Callable[..., Any], provider: Provider
) -> None:
    def answered(context: Any) -> None:
        def say(event: Any, _: Any) -> None:
            event.output = ChatModelOutput(output=[AssistantMessage("Hello.")])

        context.emitter.on(lambda meta: meta.name == "start" and "run" in meta.path, say)

    given = await model().run([UserMessage("hi")]).middleware(answered)
    assert given.output[-1].text == "Hello."
    assert (traced.spans, provider.requests) == ([], [])
