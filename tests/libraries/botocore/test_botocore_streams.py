# SPDX-License-Identifier: Apache-2.0
"""Event streams: left early, broken, consumed in several goes; the caller holds botocore's own objects."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from typing import TYPE_CHECKING, Any

import botocore.exceptions
import pytest
from botocore.eventstream import EventStream
from dirty_equals import IsFloat

from leaving import break_and_drop, cancel, close_unread, drop_unread
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

HELLO: list[Any] = [{"role": "user", "content": [{"text": "Hello there"}]}]
MODEL = "anthropic.claude-v2"


@pytest.fixture
def stream(traced: Recorder, client: Any) -> Callable[[], Any]:
    """Return a maker of streams, so that the test holds the only reference."""
    return lambda: client.converse_stream(modelId=MODEL, messages=HELLO)["stream"]


def close_after_one(stream: Any) -> None:
    next(iter(stream))
    stream.close()


def close_twice(stream: Any) -> None:
    next(iter(stream))
    stream.close()
    stream.close()


def raise_in_the_loop(stream: Any) -> None:
    with pytest.raises(LookupError):
        for _ in stream:
            raise LookupError


def drop_the_iterator(stream: Any) -> None:
    iterator = iter(stream)
    del stream
    next(iterator)


def drop_in_a_cycle(stream: Any) -> None:
    next(iter(stream))
    held: list[Any] = [stream]
    held.append(held)


WAYS = [
    close_after_one,
    close_twice,
    break_and_drop,
    raise_in_the_loop,
    drop_the_iterator,
    drop_in_a_cycle,
]


@pytest.mark.parametrize("leave", WAYS)
def test_a_stream_left_early_ends_its_span_without_an_error(
    traced: Recorder, stream: Callable[[], Any], server: dict[str, Any], leave: Callable[[Any], None]
) -> None:
    leave(stream())
    gc.collect()
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": MODEL,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


def take_an_iterator_only(stream: Any) -> None:
    iter(stream)


UNREAD = [close_unread, drop_unread, take_an_iterator_only]


@pytest.mark.parametrize("leave", UNREAD)
def test_a_stream_that_is_never_iterated_ends_its_span(
    traced: Recorder, stream: Callable[[], Any], leave: Callable[[Any], None]
) -> None:
    leave(stream())
    gc.collect()
    assert traced.tree() == [f"chat {MODEL}"]
    assert "gen_ai.response.time_to_first_chunk" not in traced.attributes()


@pytest.mark.parametrize("leave", [*WAYS, *UNREAD])
def test_a_stream_left_early_is_counted_once(
    traced: Recorder, stream: Callable[[], Any], leave: Callable[[Any], None]
) -> None:
    leave(stream())
    gc.collect()
    assert [point.count for point in traced.points("gen_ai.client.operation.duration")] == [1]


def test_a_stream_may_be_consumed_in_several_goes(traced: Recorder, stream: Callable[[], Any]) -> None:
    """Leaving one loop does not end a stream whose rest another loop takes."""
    held = stream()
    for _ in held:
        break
    gc.collect()
    assert traced.tree() == []
    assert "metadata" in list(held)[-1]
    assert traced.attributes()["gen_ai.usage.output_tokens"] == 27


def test_a_stream_is_botocores_own(traced: Recorder, stream: Callable[[], Any]) -> None:
    held = stream()
    assert type(held) is EventStream
    assert type(iter(held)).__name__ == "generator"
    assert list(held)


def test_the_first_event_can_be_asked_for_as_without_us(stream: Callable[[], Any]) -> None:
    with pytest.raises(botocore.eventstream.NoInitialResponseError):
        stream().get_initial_response()


def test_a_collected_stream_ends_at_the_time_of_its_last_event(
    traced: Recorder, stream: Callable[[], Any]
) -> None:
    held = stream()
    next(iter(held))
    with traced.tracer_provider.get_tracer("application").start_as_current_span("later"):
        pass
    del held
    gc.collect()
    ended, later = traced.one("chat").end_time, traced.one("later").start_time
    assert ended is not None
    assert later is not None
    assert ended <= later


def test_an_exception_within_a_stream_is_an_error(traced: Recorder, client: Any) -> None:
    stream = client.converse_stream(modelId="odd:mid-stream-error", messages=HELLO)["stream"]
    with pytest.raises(botocore.exceptions.EventStreamError, match="in the middle"):
        list(stream)
    found = traced.attributes()
    assert found["error.type"] == "modelStreamErrorException"
    assert found["gen_ai.response.finish_reasons"] == ["error"]
    (record,) = traced.logs
    assert record.attributes["exception.type"] == "botocore.exceptions.EventStreamError"


async def test_an_exception_within_an_asynchronous_stream_is_an_error(
    traced: Recorder, aconnect: Callable[..., Any]
) -> None:
    async with aconnect() as client:
        answer = await client.converse_stream(modelId="odd:mid-stream-error", messages=HELLO)
        with pytest.raises(botocore.exceptions.EventStreamError):
            _ = [event async for event in answer["stream"]]
    assert traced.attributes()["error.type"] == "modelStreamErrorException"


def test_a_connection_that_is_cut_is_an_error(traced: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(cut_after=2))
    stream = client.converse_stream(modelId=MODEL, messages=HELLO)["stream"]
    with pytest.raises(Exception) as raised:
        list(stream)
    kind = raised.type
    found = traced.attributes()
    assert found["error.type"] == f"{kind.__module__}.{kind.__qualname__}"
    assert found["gen_ai.response.finish_reasons"] == ["error"]


def test_a_stream_closed_by_other_threads_ends_once(traced: Recorder, stream: Callable[[], Any]) -> None:
    held = stream()
    next(iter(held))
    closing = [threading.Thread(target=held.close) for _ in range(4)]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()
    del held
    gc.collect()
    assert traced.tree() == [f"chat {MODEL}"]


def test_a_span_is_current_only_while_the_library_works(traced: Recorder, stream: Callable[[], Any]) -> None:
    from opentelemetry import trace

    for _ in stream():
        assert not trace.get_current_span().get_span_context().is_valid


async def test_an_asynchronous_stream_left_early_ends_when_it_is_closed(
    traced: Recorder, aconnect: Callable[..., Any]
) -> None:
    async with aconnect() as client:
        stream = (await client.converse_stream(modelId=MODEL, messages=HELLO))["stream"]
        async for _ in stream:
            break
        stream.close()
        assert traced.tree() == [f"chat {MODEL}"]
    assert "error.type" not in traced.attributes()


async def test_an_asynchronous_stream_that_is_dropped_ends(
    traced: Recorder, aconnect: Callable[..., Any]
) -> None:
    async with aconnect() as client:
        await client.converse_stream(modelId=MODEL, messages=HELLO)
        gc.collect()
        assert traced.tree() == [f"chat {MODEL}"]


@pytest.mark.parametrize("at", [None, 2])
async def test_a_cancelled_call_is_told_as_cancelled(
    traced: Recorder, aconnect: Callable[..., Any], provider: Provider, at: int | None
) -> None:
    """Before the answer, and in the middle of its stream."""
    hold = threading.Event()
    provider.say(Reply(hold=hold, hold_at=at))
    begun = asyncio.Event()

    async def consume() -> None:
        async with aconnect() as client:
            if at is None:
                begun.set()
            answer = await client.converse_stream(modelId=MODEL, messages=HELLO)
            async for _ in answer["stream"]:
                begun.set()

    task = asyncio.create_task(consume())
    await begun.wait()
    if at is None:
        await asyncio.to_thread(provider.wait)
    await cancel(task, hold)
    assert traced.attributes()["error.type"] == "cancelled"
    assert traced.logs == []


def test_what_had_come_by_then_is_content(shown: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(text="one two three"))
    stream = client.converse_stream(modelId=MODEL, messages=HELLO)["stream"]
    iterator = iter(stream)
    for _ in range(3):
        next(iterator)
    stream.close()
    assert json.loads(shown.attributes()["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "one two"}]}
    ]
