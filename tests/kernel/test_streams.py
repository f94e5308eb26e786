# SPDX-License-Identifier: Apache-2.0
"""A stream is the library's own, is pulled inside its span, and ends its operation on every path exactly once."""

from __future__ import annotations

import asyncio
import gc
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.context import get_current
from opentelemetry.trace import StatusCode

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import AgentRun, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Subject

CHUNKS = ["An ", "answer.", {"id": "a1", "tokens": (3, 5)}]
RECEIVED = {"gen_ai.response.id": "a1", "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 5}


async def chunks(*given: Any) -> Any:
    for chunk in given:
        yield chunk


def failing(*given: Any, error: BaseException) -> Any:
    yield from given
    raise error


def facts(recorder: Recorder) -> dict[str, Any]:
    return {key: value for key, value in recorder.attributes().items() if key in RECEIVED}


def test_the_consumer_gets_the_very_chunks(acme: Any) -> None:
    found = list(acme.Client().stream(iter(CHUNKS)))
    assert [left is right for left, right in zip(found, CHUNKS, strict=True)] == [True] * 3


def test_the_stream_is_the_librarys_own_object(acme: Any) -> None:
    assert type(acme.Client().stream(iter(CHUNKS))) is acme.Stream


def test_an_exhausted_stream_is_one_span_with_all_facts(recorder: Recorder, acme: Any) -> None:
    list(acme.Client().stream(iter(CHUNKS)))
    assert facts(recorder) == RECEIVED


def test_a_stream_is_open_until_it_ends(recorder: Recorder, acme: Any) -> None:
    stream = acme.Client().stream(iter(CHUNKS))
    next(stream)
    assert (recorder.tree(), len(ending._open)) == ([], 1)
    list(stream)


def test_the_span_is_current_while_a_chunk_is_pulled_and_not_while_the_consumer_has_it(
    recorder: Recorder, acme: Any
) -> None:
    def look() -> Any:
        for _ in range(3):
            yield {"id": trace.get_current_span().get_span_context().span_id}

    before = get_current()
    found = [(chunk["id"], get_current() is before) for chunk in acme.Client().stream(look())]
    span = recorder.one().context
    assert span is not None
    assert found == [(span.span_id, True)] * 3


def test_a_dropped_stream_ends_with_what_was_received(recorder: Recorder, acme: Any) -> None:
    stream = acme.Client().stream(iter([*CHUNKS, "more"]))
    for _ in CHUNKS:
        next(stream)
    del stream
    assert (facts(recorder), recorder.one().status.status_code) == (RECEIVED, StatusCode.UNSET)


def test_a_stream_that_is_never_iterated_ends_when_it_is_dropped(recorder: Recorder, acme: Any) -> None:
    acme.Client().stream(iter(CHUNKS))
    assert recorder.tree() == ["chat m1"]


def test_a_dropped_stream_that_is_part_of_a_cycle_ends_when_it_is_collected(
    recorder: Recorder, acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_PATIENCE", 10.0)
    stream = acme.Client().stream(iter(CHUNKS))
    stream.itself = stream
    del stream
    gc.collect()
    assert recorder.tree() == ["chat m1"]


def test_a_stream_that_is_exhausted_twice_is_one_span(recorder: Recorder, acme: Any) -> None:
    stream = acme.Client().stream(iter(CHUNKS))
    assert (len(list(stream)), list(stream)) == (3, [])
    del stream
    assert recorder.tree() == ["chat m1"]


def test_an_error_in_a_stream_leaves_as_the_very_object(recorder: Recorder, acme: Any) -> None:
    failure = ConnectionError("cut")
    with pytest.raises(ConnectionError) as caught:
        list(acme.Client().stream(failing(*CHUNKS, error=failure)))
    assert (caught.value, failure.__context__) == (failure, None)
    assert recorder.attributes()["error.type"] == "ConnectionError"


def test_an_error_in_a_stream_keeps_what_was_received(recorder: Recorder, acme: Any) -> None:
    with pytest.raises(ConnectionError):
        list(acme.Client().stream(failing(*CHUNKS, error=ConnectionError("cut"))))
    assert facts(recorder) == RECEIVED
    assert recorder.attributes()["gen_ai.response.finish_reasons"] == ["error"]


def test_an_empty_stream_is_one_span_without_error(recorder: Recorder, acme: Any) -> None:
    assert list(acme.Client().stream(iter([]))) == []
    assert recorder.one().status.status_code is StatusCode.UNSET


def test_a_chunk_that_cannot_be_read_is_still_given_to_the_consumer(acme: Any, lax: None) -> None:
    odd = [object(), None, 3, "text"]
    assert list(acme.Client().stream(iter(odd))) == odd


def test_what_the_iterator_can_do_shows_through(acme: Any) -> None:
    def numbers() -> Any:
        got = yield "1"
        yield got

    stream = acme.Client().stream(numbers())
    next(stream)
    with closing(stream._iterator) as iterator:
        assert iterator.send("sent") == "sent"


@pytest.mark.parametrize("profile", ["compat", "latest", "both"])
def test_the_time_between_chunks_is_measured_when_asked_for(
    profile: str, recorder: Recorder, instrument: Any, library: Any
) -> None:
    instrument("Client.stream", SPANWRIGHT_CHUNK_METRICS="true", SPANWRIGHT_METRICS=profile)
    list(library("acme").Client().stream(iter(["a", "b", "c", "d"])))
    found = {point.metric: point.count for point in recorder.points() if "per_output_chunk" in point.metric}
    names = {
        "compat": ["gen_ai.client.operation.time_per_output_chunk"],
        "latest": ["gen_ai.client.inference.time_per_output_chunk"],
    }
    assert found == dict.fromkeys(names.get(profile, [*names["compat"], *names["latest"]]), 3)


def test_the_time_between_chunks_is_not_measured_otherwise(recorder: Recorder, acme: Any) -> None:
    list(acme.Client().stream(iter(["a", "b", "c"])))
    assert [point.metric for point in recorder.points() if "chunk" in point.metric] == [
        "gen_ai.client.operation.time_to_first_chunk"
    ]


def test_a_late_end_is_stamped_with_the_last_chunk(
    recorder: Recorder, acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[int] = []

    def clock() -> int:
        times.append(1_000_000_000 + 1_000 * len(times))
        return times[-1]

    monkeypatch.setattr("spanwright.instrumentors._kernel.operation.time_ns", clock)
    stream = acme.Client().stream(iter(CHUNKS))
    next(stream)
    next(stream)
    last = times[-1]
    clock()
    del stream
    assert recorder.one().end_time == last


def test_a_timely_end_is_stamped_with_the_end(
    recorder: Recorder, acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(1_000, 100_000, 1_000))
    monkeypatch.setattr("spanwright.instrumentors._kernel.operation.time_ns", lambda: next(times))
    list(acme.Client().stream(iter(["a", "b"])))
    span = recorder.one()
    # Started, two chunks, the end.
    assert ((span.end_time or 0) - (span.start_time or 0)) == 3_000


def test_the_time_to_the_first_chunk_is_that(
    recorder: Recorder, acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(0, 100_000_000_000, 1_000_000_000))
    monkeypatch.setattr("spanwright.instrumentors._kernel.operation.time_ns", lambda: next(times))
    list(acme.Client().stream(iter(["a", "b"])))
    assert recorder.attributes()["gen_ai.response.time_to_first_chunk"] == 1.0


# --- asynchronous ----------------------------------------------------------------------------------------------------


async def collected(stream: Any) -> list[Any]:
    return [chunk async for chunk in stream]


async def test_an_exhausted_async_stream_is_one_span_with_all_facts(recorder: Recorder, acme: Any) -> None:
    assert await collected(acme.Client().stream(chunks(*CHUNKS))) == CHUNKS
    assert facts(recorder) == RECEIVED


async def test_a_dropped_async_stream_ends(recorder: Recorder, acme: Any) -> None:
    stream = acme.Client().stream(chunks(*CHUNKS))
    async for _ in stream:
        break
    del stream
    assert recorder.tree() == ["chat m1"]


async def test_the_consumers_context_is_its_own_between_async_pulls(acme: Any) -> None:
    before = get_current()
    async for _ in acme.Client().stream(chunks(*CHUNKS)):
        assert get_current() is before


async def test_a_cancelled_pull_ends_as_cancelled(recorder: Recorder, acme: Any) -> None:
    pulling = asyncio.Event()

    async def slow() -> Any:
        yield "first"
        pulling.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(collected(acme.Client().stream(slow())))
    await pulling.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recorder.attributes()["error.type"] == "cancelled"


async def test_an_async_stream_consumed_in_another_task_ends_there(recorder: Recorder, acme: Any) -> None:
    stream = acme.Client().stream(chunks(*CHUNKS))
    assert await asyncio.create_task(collected(stream)) == CHUNKS
    assert recorder.tree() == ["chat m1"]


async def test_many_streams_at_once_keep_their_facts_apart(recorder: Recorder, acme: Any) -> None:
    async def one(number: int) -> Any:
        stream = acme.Client().stream(chunks("a", {"id": f"id {number}"}))
        found = []
        async for chunk in stream:
            await asyncio.sleep(0)
            found.append(chunk)
        return found[-1]["id"]

    ids = await asyncio.gather(*map(one, range(20)))
    assert sorted(
        span.attributes["gen_ai.response.id"] for span in recorder.spans if span.attributes
    ) == sorted(ids)


@pytest.mark.parametrize("method", ["send", "throw"])
def test_what_the_iterator_cannot_do_it_cannot_do_with_us(method: str, acme: Any) -> None:
    stream = acme.Client().stream(iter(CHUNKS))
    with pytest.raises(AttributeError):
        getattr(stream._iterator, method)


def test_ends_of_many_threads_are_one_end(
    recorder: Recorder, acme: Any, together: Callable[[list[Callable[[], Any]]], None]
) -> None:
    stream = acme.Client().stream(iter([]))
    operation = stream._iterator.operation
    together([operation.finish, operation.abandon] * 4)
    del stream
    assert recorder.tree() == ["chat m1"]


@pytest.mark.parametrize("subject", [AgentRun(name="host"), WorkflowRun(name="house")])
def test_the_time_between_what_an_agent_or_a_workflow_streams_is_not_measured(
    subject: Subject, recorder: Recorder, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "settings", replace(telemetry.settings, chunk_metrics=True))
    operation = open_operation(telemetry, subject)
    assert operation is not None
    for chunk in ("a", "b", "c"):
        operation.seen(chunk)
    operation.finish()
    assert [point.metric for point in recorder.points() if "chunk" in point.metric] == []
