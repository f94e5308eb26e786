# SPDX-License-Identifier: Apache-2.0
"""With us and without us: what was made before, suppression, undoing, and odd answers."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from livekit.agents.telemetry import tracer
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import imported_for
from alike.weather import ASK
from libraries.livekit_agents.conftest import agent
from libraries.livekit_agents.test_livekit_agents_ends import asked
from libraries.livekit_agents.test_livekit_agents_trees import TREE
from spanwright.console.provider import Reply
from spanwright.instrumentors.livekit_agents import LiveKitInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from strange_answers import FEW, odd_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

NAMES = st.sampled_from(["choices", "delta", "content", "tool_calls", "usage", "prompt_tokens", "role"])


async def test_an_agent_of_before_is_traced(recorder: Recorder, session: Callable[..., Any]) -> None:
    made = agent()
    recorder.instrument(LiveKitInstrumentor(), OpenAIInstrumentor())
    async with session(made) as talk:
        await talk.run(user_input=ASK)
    assert recorder.tree() == TREE


async def test_while_instrumentation_is_suppressed_nothing_is_recorded(
    traced: Recorder, session: Callable[..., Any]
) -> None:
    with suppress_instrumentation():
        async with session() as talk:
            await talk.run(user_input=ASK)
    assert traced.spans == []


async def test_after_uninstrumenting_all_is_as_it_was(
    recorder: Recorder, session: Callable[..., Any]
) -> None:
    before = tracer._tracer
    recorder.instrument(LiveKitInstrumentor())
    assert tracer._tracer is not before
    recorder.uninstrument()
    assert tracer._tracer is before
    async with session() as talk:
        await talk.run(user_input=ASK)
    assert recorder.spans == []


async def test_instrumenting_again_traces_again(recorder: Recorder, session: Callable[..., Any]) -> None:
    async def talked() -> None:
        async with session() as talk:
            await talk.run(user_input=ASK)

    for _ in range(2):
        recorder.instrument(LiveKitInstrumentor(), OpenAIInstrumentor())
        # The framework leaves the span of a session current in the task that has begun it.
        await asyncio.create_task(talked())
        recorder.uninstrument()
    assert recorder.tree() == TREE * 2


async def test_the_same_comes_back_as_without_us(
    recorder: Recorder, session: Callable[..., Any], provider: Provider
) -> None:
    found = []
    for _ in range(2):
        async with session() as talk:
            result = await talk.run(user_input=ASK)
        found.append([(type(each), each.type) for each in result.events])
        recorder.instrument(LiveKitInstrumentor(), OpenAIInstrumentor())
    assert found[0] == found[1]
    told = [
        [each["role"] for each in request.body["messages"]] for request in provider.requests if request.body
    ]
    assert told[:2] == told[2:]
    assert inspect.isfunction(type(talk).run)


@FEW
@given(body=odd_json(NAMES))
async def test_odd_answers_reach_the_application_as_without_us(
    traced: Recorder, model: Callable[..., Any], provider: Provider, body: Any
) -> None:
    found = []
    for suppressed in (True, False):
        provider.say(Reply(events=[body if isinstance(body, dict) else {"choices": body}]))
        try:
            if suppressed:
                with suppress_instrumentation():
                    found.append(await asked(model()))
            else:
                found.append(await asked(model()))
        except Exception as error:
            found.append(type(error).__name__)
    assert found[0] == found[1]
    assert all(span.end_time for span in traced.spans)


def test_nothing_is_imported_or_printed_at_start() -> None:
    assert not imported_for(LiveKitInstrumentor, "livekit")
