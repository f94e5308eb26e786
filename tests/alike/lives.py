# SPDX-License-Identifier: Apache-2.0
"""A framework with us and without us: what was made before, suppression, undoing, and odd answers.

A library's folder imports the tests with a star and brings `life`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import imported_for
from spanwright.console.provider import Reply
from spanwright.instrumentors.openai import OpenAIInstrumentor
from strange_answers import FEW, odd_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

__all__ = [
    "test_after_uninstrumenting_all_is_as_it_was",
    "test_an_agent_and_a_method_of_before_are_traced",
    "test_instrumenting_again_traces_again",
    "test_instrumenting_imports_nothing_of_the_framework",
    "test_odd_answers_reach_the_application_as_without_us",
    "test_while_instrumentation_is_suppressed_nothing_is_recorded",
]
NAMES = st.sampled_from(["choices", "message", "content", "tool_calls", "usage", "prompt_tokens", "role"])


@dataclass(frozen=True)
class Life:
    """What a framework is asked in these tests: its agent that calls its tool once, and its model."""

    module: str
    tree: list[str]
    seams: Callable[[], list[Any]]
    """What is patched, as it stands."""
    run: Callable[[], Awaitable[Any]]
    """Runs the agent, by a method of it that was bound before."""
    ask: Callable[[], Awaitable[Any]]
    """Asks the model and returns what is known of its answer."""


async def test_an_agent_and_a_method_of_before_are_traced(
    recorder: Recorder, instrumentor: type[Instrumentor], life: Life
) -> None:
    recorder.instrument(instrumentor(), OpenAIInstrumentor())
    await life.run()
    assert recorder.tree() == life.tree


async def test_while_instrumentation_is_suppressed_nothing_is_recorded(traced: Recorder, life: Life) -> None:
    with suppress_instrumentation():
        await life.run()
    assert traced.spans == []
    assert traced.points() == []


async def test_after_uninstrumenting_all_is_as_it_was(
    recorder: Recorder, instrumentor: type[Instrumentor], life: Life
) -> None:
    before = life.seams()
    recorder.instrument(instrumentor())
    assert not any(ours is theirs for ours, theirs in zip(life.seams(), before, strict=True))
    recorder.uninstrument()
    assert all(ours is theirs for ours, theirs in zip(life.seams(), before, strict=True))
    await life.run()
    assert recorder.spans == []


async def test_instrumenting_again_traces_again(
    recorder: Recorder, instrumentor: type[Instrumentor], life: Life
) -> None:
    for _ in range(2):
        recorder.instrument(instrumentor(), OpenAIInstrumentor())
        await life.run()
        recorder.uninstrument()
    assert recorder.tree() == life.tree * 2


@FEW
@given(body=odd_json(NAMES))
async def test_odd_answers_reach_the_application_as_without_us(
    both: Recorder, life: Life, provider: Provider, body: Any
) -> None:
    found = []
    for suppressed in (True, False):
        provider.say(Reply(body=body if isinstance(body, dict) else {"choices": body}))
        try:
            if suppressed:
                with suppress_instrumentation():
                    found.append(await life.ask())
            else:
                found.append(await life.ask())
        except Exception as error:
            found.append((type(error).__name__, str(error)))
    assert found[0] == found[1]
    assert all(span.end_time for span in both.spans)


def test_instrumenting_imports_nothing_of_the_framework(instrumentor: type[Instrumentor], life: Life) -> None:
    assert not imported_for(instrumentor, life.module)
