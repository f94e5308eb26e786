# SPDX-License-Identifier: Apache-2.0
"""A library's context manager that gives a stream: its span lasts until it is left, and the caller sees the same."""

from __future__ import annotations

import gc
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from kernel.fake import Asking, telling
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.managed import managed

if TYPE_CHECKING:
    from harness import Recorder

seen: list[bool] = []


class Held:
    """What the library's manager gives: an object that holds the stream."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream


def hand(operation: Any, held: Any) -> None:
    held.stream = generated(held.stream, operation)


def note() -> None:
    seen.append(trace.get_current_span().get_span_context().is_valid)


@contextmanager
def opened(model: str = "m1") -> Any:
    note()
    if model == "refused":
        raise LookupError
    try:
        yield Held(iter(["a", "b", {"tokens": (1, 2)}]))
    finally:
        note()
        if model == "stuck":
            raise OSError


@asynccontextmanager
async def aopened(model: str = "m1") -> Any:
    async def stream() -> Any:
        yield "a"
        yield "b"

    note()
    if model == "refused":
        raise LookupError
    yield Held(stream())
    note()


def make(recorder: Recorder, function: Any = opened) -> Any:
    """Return the library's function as its patch makes it."""
    seen.clear()
    wrapper = managed(Asking(telling(recorder)), hand)
    return lambda **kwargs: wrapper(function, None, (), kwargs)


def test_its_stream_ends_the_span(recorder: Recorder) -> None:
    with make(recorder)() as held:
        assert list(held.stream)[:2] == ["a", "b"]
        assert recorder.attributes()["gen_ai.usage.output_tokens"] == 2


def test_its_own_code_runs_within_the_span_and_the_callers_does_not(recorder: Recorder) -> None:
    with make(recorder)() as held:
        note()
    assert held.stream
    assert seen == [True, False, True]


def test_leaving_it_ends_the_span(recorder: Recorder) -> None:
    with make(recorder)() as held:
        assert recorder.spans == []
    assert held.stream
    assert "error.type" not in recorder.attributes()


def test_one_that_is_never_entered_is_no_call(recorder: Recorder) -> None:
    make(recorder)()
    gc.collect()
    assert recorder.tree() == []


def test_an_error_on_entering_is_the_calls(recorder: Recorder) -> None:
    with pytest.raises(LookupError), make(recorder)(model="refused"):
        pass
    assert recorder.attributes()["error.type"] == "LookupError"


def test_an_error_of_the_caller_is_not_the_calls(recorder: Recorder) -> None:
    error = KeyError("mine")
    with pytest.raises(KeyError) as raised, make(recorder)() as held:
        assert next(held.stream) == "a"
        raise error
    assert raised.value is error
    assert "error.type" not in recorder.attributes()


def test_an_error_on_leaving_reaches_the_caller(recorder: Recorder) -> None:
    with pytest.raises(OSError), make(recorder)(model="stuck"):
        pass
    assert len(recorder.spans) == 1


def test_it_looks_like_the_librarys_own(recorder: Recorder) -> None:
    manager = make(recorder)()
    assert isinstance(manager, AbstractContextManager)
    assert repr(manager) == repr(manager._inner)
    assert manager.func is opened.__wrapped__


def test_it_still_decorates(recorder: Recorder) -> None:
    assert make(recorder)()(lambda: "done")() == "done"


def test_nothing_is_traced_while_instrumentation_is_suppressed(recorder: Recorder) -> None:
    manager = make(recorder)()
    with suppress_instrumentation(), manager as held:
        assert len(list(held.stream)) == 3
    assert recorder.tree() == []


async def test_an_asynchronous_one_is_alike(recorder: Recorder) -> None:
    async with make(recorder, aopened)() as held:
        assert [each async for each in held.stream] == ["a", "b"]
    assert recorder.tree() == ["chat m1"]
    # The stream has ended the span before the manager is left.
    assert seen == [True, False]


async def test_an_asynchronous_one_that_fails_on_entering_is_alike(recorder: Recorder) -> None:
    with pytest.raises(LookupError):
        async with make(recorder, aopened)(model="refused"):
            pass
    assert recorder.attributes()["error.type"] == "LookupError"


async def test_an_asynchronous_one_is_suppressed_alike(recorder: Recorder) -> None:
    manager = make(recorder, aopened)()
    with suppress_instrumentation():
        async with manager as held:
            assert [each async for each in held.stream] == ["a", "b"]
    assert recorder.tree() == []
