# SPDX-License-Identifier: Apache-2.0
"""With us and without us: what was made before, suppression, undoing, middleware and events, and odd answers."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from beeai_framework.backend import AssistantMessage, ChatModelOutput, UserMessage
from beeai_framework.context import Run, RunContext
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike import weather
from alike.processes import run
from libraries.beeai.conftest import ASK, calls, says
from spanwright.console.provider import Reply
from spanwright.instrumentors.beeai import BeeAIInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from strange_answers import FEW, odd_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = weather.tree("forecaster")
NAMES = st.sampled_from(["choices", "message", "content", "tool_calls", "usage", "prompt_tokens", "role"])


def say(provider: Provider) -> None:
    provider.say(calls("get_weather", city="Lisbon"), says("It is sunny."))


async def test_an_agent_and_a_method_that_were_there_before_are_traced(
    recorder: Recorder, forecaster: Any, provider: Provider
) -> None:
    begin = forecaster.run
    say(provider)
    recorder.instrument(BeeAIInstrumentor(), OpenAIInstrumentor())
    await begin(ASK)
    assert recorder.tree() == TREE


async def test_while_instrumentation_is_suppressed_nothing_is_recorded(
    traced: Recorder, forecaster: Any, provider: Provider
) -> None:
    say(provider)
    with suppress_instrumentation():
        await forecaster.run(ASK)
    assert traced.spans == []


async def test_after_uninstrumenting_all_is_as_it_was(
    recorder: Recorder, forecaster: Any, provider: Provider
) -> None:
    before = vars(RunContext)["enter"]
    recorder.instrument(BeeAIInstrumentor())
    recorder.uninstrument()
    assert vars(RunContext)["enter"] is before
    say(provider)
    await forecaster.run(ASK)
    assert recorder.spans == []


async def test_instrumenting_again_traces_again(
    recorder: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    from libraries.beeai.conftest import get_weather

    for _ in range(2):
        say(provider)
        recorder.instrument(BeeAIInstrumentor(), OpenAIInstrumentor())
        await make("forecaster", get_weather).run(ASK)
        recorder.uninstrument()
    assert recorder.tree() == TREE * 2


async def test_what_begins_a_run_is_what_it_was(
    traced: Recorder, forecaster: Any, provider: Provider
) -> None:
    assert list(inspect.signature(RunContext.enter).parameters) == ["instance", "fn", "signal", "run_params"]
    say(provider)
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


@FEW
@given(body=odd_json(NAMES))
async def test_odd_answers_reach_the_application_as_without_us(
    both: Recorder, model: Callable[..., Any], provider: Provider, body: Any
) -> None:
    found = []
    asked = model()
    for suppressed in (True, False):
        provider.say(Reply(body=body if isinstance(body, dict) else {"choices": body}))
        try:
            if suppressed:
                with suppress_instrumentation():
                    answer = await asked.run([UserMessage("hi")])
            else:
                answer = await asked.run([UserMessage("hi")])
            found.append((answer.get_text_content(), str(answer.usage), answer.finish_reason))
        except Exception as error:
            found.append((type(error).__name__, str(error)))
    assert found[0] == found[1]
    assert all(span.end_time for span in both.spans)


def test_nothing_is_imported_or_printed_at_start() -> None:
    script = """
        import sys
        from spanwright.instrumentors.beeai import BeeAIInstrumentor
        BeeAIInstrumentor().instrument()
        assert "beeai_framework" not in sys.modules
    """
    done = run(script)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
