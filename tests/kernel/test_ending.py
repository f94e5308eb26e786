# SPDX-License-Identifier: Apache-2.0
"""Ends that nobody waits for: garbage collection, a lock of the SDK in its way, the end of the process, a fork."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace import SpanProcessor

from kernel.fake import Reader, inference
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.streams import observed

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Locked(SpanProcessor):
    """Takes a lock at the end of a span, as the SDK's processors and aggregations do, and tells when it has it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ended = threading.Event()

    def on_end(self, span: Any) -> None:
        with self.lock:
            self.ended.set()


class Cycle:
    """What a dropped stream is usually part of."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.itself = self


def left(telemetry: Telemetry) -> Any:
    """Return a stream that was pulled once."""
    operation = open_operation(telemetry, inference(), Reader())
    assert operation is not None
    stream = observed(iter(["a", "b"]), operation)
    next(stream)  # type: ignore[call-overload]
    return stream


@pytest.fixture
def locked(recorder: Recorder) -> Locked:
    """Return a processor with a lock, added to the provider."""
    processor = Locked()
    recorder.tracer_provider.add_span_processor(processor)
    return processor


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection waits until what it found is ended."""
    monkeypatch.setattr(ending, "_PATIENCE", 10.0)


def test_a_collected_stream_ends(telemetry: Telemetry, recorder: Recorder, patient: None) -> None:
    Cycle(left(telemetry))
    gc.collect()
    assert recorder.tree() == ["chat m1"]


def test_a_collection_while_the_sdk_holds_a_lock_returns(telemetry: Telemetry, locked: Locked) -> None:
    Cycle(left(telemetry))
    with locked.lock:
        gc.collect()
        assert not locked.ended.is_set()
    assert locked.ended.wait(10)


def test_a_stream_collected_under_a_lock_ends_when_that_is_free(
    telemetry: Telemetry, recorder: Recorder, locked: Locked
) -> None:
    exported = threading.Event()

    class Last(SpanProcessor):
        def on_end(self, span: Any) -> None:
            exported.set()

    recorder.tracer_provider.add_span_processor(Last())
    Cycle(left(telemetry))
    with locked.lock:
        gc.collect()
    assert exported.wait(10)
    assert recorder.tree() == ["chat m1"]


def test_many_streams_of_one_collection_end(telemetry: Telemetry, recorder: Recorder, patient: None) -> None:
    for _ in range(20):
        Cycle(left(telemetry))
    gc.collect()
    assert (len(recorder.spans), ending._open) == (20, {})


def test_a_stream_that_is_dropped_outside_of_a_collection_ends_at_once(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    gc.disable()
    try:
        left(telemetry)
        assert recorder.tree() == ["chat m1"]
    finally:
        gc.enable()


def test_a_collection_during_which_nothing_was_dropped_starts_no_thread(
    telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(telemetry)
    monkeypatch.setattr(ending._thread, "start_new_thread", lambda *args: pytest.fail("a thread was started"))
    gc.collect()


def test_what_is_open_at_exit_ends_with_its_last_event(telemetry: Telemetry, recorder: Recorder) -> None:
    stream = left(telemetry)
    last = stream.operation._last
    ending.finish_open()
    assert recorder.one().end_time == last


def test_what_fails_at_exit_does_not_stop_the_rest(
    telemetry: Telemetry, recorder: Recorder, lax: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = [left(telemetry), left(telemetry)]
    failing = streams[0].operation
    kind = type(failing)
    abandon = kind.abandon

    def fail_first(operation: Any) -> None:
        if operation is failing:
            raise RuntimeError("a mistake of ours")
        abandon(operation)

    monkeypatch.setattr(kind, "abandon", fail_first)
    ending.finish_open()
    assert len(recorder.spans) == 1
    monkeypatch.undo()


def test_a_forked_child_forgets_what_its_parent_has_open(telemetry: Telemetry, recorder: Recorder) -> None:
    stream = left(telemetry)
    held = dict(ending._open)
    ending._forget()
    list(stream)
    assert recorder.tree() == []
    ending._open.update(held)
    stream.operation.finish()


def test_the_process_is_hooked_once(telemetry: Telemetry) -> None:
    before = len(gc.callbacks)
    for _ in range(3):
        left(telemetry)
    assert len(gc.callbacks) == before


def test_a_finaliser_says_nothing_once_the_interpreter_ends() -> None:
    def broken(held: object) -> None:
        raise AttributeError(held)

    ending.finaliser(broken, lambda: True)(object())
    with pytest.raises(AttributeError):
        ending.finaliser(broken, lambda: False)(object())
