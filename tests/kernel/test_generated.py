# SPDX-License-Identifier: Apache-2.0
"""A library's generator that is observed is, for its consumer, the bare generator, and its operation ends with it."""

from __future__ import annotations

import asyncio
import gc
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from kernel.fake import Asking, inference
from kernel.generators import SCRIPT, STEPS, Odd, abody, aplayed, body, played
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.operation import Operation, open_operation
from spanwright.instrumentors._kernel.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness import Recorder

UNSEEN = Telemetry("tests", "1")


def unread() -> Operation:
    """Return an operation that reads no chunk."""
    operation = open_operation(UNSEEN, inference())
    assert operation is not None
    return operation


def words() -> Iterator[str]:
    yield "An "
    yield "answer."


async def awords() -> AsyncIterator[str]:
    yield "An "
    yield "answer."


@settings(max_examples=300, deadline=None)
@given(STEPS, SCRIPT)
def test_an_observed_generator_is_the_bare_generator(steps: Any, script: Any) -> None:
    bare: list[Any] = []
    ours: list[Any] = []
    operation = unread()
    seen = played(generated(body(steps, ours), operation), script)
    assert (seen, ours) == (played(body(steps, bare), script), bare)
    assert not operation.is_open


@settings(max_examples=150, deadline=None)
@given(STEPS, SCRIPT)
def test_an_observed_async_generator_is_the_bare_one(steps: Any, script: Any) -> None:
    bare: list[Any] = []
    ours: list[Any] = []
    operation = unread()

    async def play() -> tuple[Any, Any]:
        seen = await aplayed(generated(abody(steps, ours), operation), script)
        return seen, await aplayed(abody(steps, bare), script)

    seen, expected = asyncio.run(play())
    assert (seen, ours) == (expected, bare)
    assert not operation.is_open


def test_a_generator_function_begins_at_its_first_step(telemetry: Telemetry, recorder: Recorder) -> None:
    stream = traced(Asking(telemetry))(words, None, (), {})
    assert ending._open == {}
    assert next(stream) == "An "
    assert len(ending._open) == 1
    assert list(stream) == ["answer."]
    assert recorder.tree() == ["chat m1"]


def test_a_generator_that_is_never_started_is_no_call(telemetry: Telemetry, recorder: Recorder) -> None:
    wrapper = traced(Asking(telemetry))
    wrapper(words, None, (), {}).close()
    del wrapper
    gc.collect()
    assert recorder.tree() == []


async def test_an_async_generator_function_begins_at_its_first_step(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    stream = traced(Asking(telemetry))(awords, None, (), {})
    assert ending._open == {}
    assert [word async for word in stream] == ["An ", "answer."]
    assert recorder.tree() == ["chat m1"]


def test_it_passes_for_a_generator(telemetry: Telemetry) -> None:
    stream = traced(Asking(telemetry))(words, None, (), {})
    assert (inspect.isgenerator(stream), repr(stream)[:23]) == (True, "<generator object words")
    assert stream.gi_code is words.__code__


def test_a_dropped_generator_ends_its_operation(telemetry: Telemetry, recorder: Recorder) -> None:
    stream = traced(Asking(telemetry))(words, None, (), {})
    next(stream)
    del stream
    assert recorder.one().status.is_unset


def test_an_error_within_fails_the_operation(telemetry: Telemetry, recorder: Recorder) -> None:
    def failing() -> Iterator[str]:
        yield "An "
        raise Odd("gone")

    stream = traced(Asking(telemetry))(failing, None, (), {})
    next(stream)
    with pytest.raises(Odd):
        next(stream)
    assert recorder.attributes()["error.type"] == "kernel.generators.Odd"


def test_our_mistake_at_the_first_step_is_invisible(lax: None, told: Any) -> None:
    class Broken:
        def begin(self, instance: Any, args: Any, kwargs: Any) -> Any:
            raise LookupError("ours")

        def returned(self, operation: Any, value: Any) -> None: ...

    assert list(traced(Broken())(words, None, (), {})) == ["An ", "answer."]
    assert len(told()) == 1
