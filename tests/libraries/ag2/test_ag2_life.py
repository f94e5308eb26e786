# SPDX-License-Identifier: Apache-2.0
"""With us and without us: what was made before, suppression, undoing, and odd answers."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike import weather
from alike.processes import imported_for
from alike.weather import ASK
from libraries.ag2.conftest import ROOT, held
from spanwright.console.provider import Reply
from spanwright.instrumentors.ag2 import Ag2Instrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from strange_answers import FEW, odd_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

NAMES = st.sampled_from(["choices", "message", "content", "tool_calls", "usage", "prompt_tokens", "role"])


async def test_an_agent_and_a_bound_method_of_before_are_traced(recorder: Recorder, forecaster: Any) -> None:
    ask = forecaster.ask
    recorder.instrument(Ag2Instrumentor(), OpenAIInstrumentor())
    await ask(ASK)
    assert recorder.tree() == weather.tree()


async def test_while_instrumentation_is_suppressed_nothing_is_recorded(
    traced: Recorder, forecaster: Any
) -> None:
    with suppress_instrumentation():
        await forecaster.ask(ASK)
    assert traced.spans == []
    assert traced.points() == []


async def test_after_uninstrumenting_all_is_as_it_was(recorder: Recorder, forecaster: Any) -> None:
    agent = held(".agent:Agent")
    before = vars(agent)["_turn_scope"]
    recorder.instrument(Ag2Instrumentor())
    assert vars(agent)["_turn_scope"] is not before
    recorder.uninstrument()
    assert vars(agent)["_turn_scope"] is before
    await forecaster.ask(ASK)
    assert recorder.spans == []


async def test_instrumenting_again_traces_again(recorder: Recorder, forecaster: Any) -> None:
    for _ in range(2):
        recorder.instrument(Ag2Instrumentor(), OpenAIInstrumentor())
        await forecaster.ask(ASK)
        recorder.uninstrument()
    assert recorder.tree() == weather.tree() * 2


async def test_the_same_comes_back_as_without_us(
    recorder: Recorder, forecaster: Any, provider: Provider
) -> None:
    bare = await forecaster.ask(ASK)
    recorder.instrument(Ag2Instrumentor(), OpenAIInstrumentor())
    ours = await forecaster.ask(ASK)
    assert type(ours) is type(bare)
    assert ours.body == bare.body
    assert inspect.iscoroutinefunction(type(forecaster).ask)
    told = [[each["role"] for each in request.body["messages"]] for request in provider.requests]
    assert told[:2] == told[2:]


@FEW
@given(body=odd_json(NAMES))
async def test_odd_answers_reach_the_application_as_without_us(
    traced: Recorder, make: Callable[..., Any], provider: Provider, body: Any
) -> None:
    found = []
    for suppressed in (True, False):
        provider.say(Reply(body=body if isinstance(body, dict) else {"choices": body}))
        try:
            if suppressed:
                with suppress_instrumentation():
                    answer = await make().ask("hi")
            else:
                answer = await make().ask("hi")
            found.append(str(answer.body))
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}")
    assert found[0] == found[1]
    assert all(span.end_time for span in traced.spans)


def test_nothing_is_imported_or_printed_at_start() -> None:
    assert not imported_for(Ag2Instrumentor, ROOT)
