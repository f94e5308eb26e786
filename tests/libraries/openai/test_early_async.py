# SPDX-License-Identifier: Apache-2.0
"""Asynchronous streams that are left early, and calls and streams that are cancelled."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING

import anyio
import openai
import pytest

from asking import HELLO
from leaving import agenerated
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from openai.types.chat import ChatCompletionChunk

    from harness import Recorder

    Stream = openai.AsyncStream[ChatCompletionChunk]


async def ask(client: openai.AsyncOpenAI) -> Stream:
    return await client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)


async def break_within_with(stream: Stream) -> None:
    async with stream:
        async for _ in stream:
            break


async def raise_within_with(stream: Stream) -> None:
    with pytest.raises(LookupError):
        async with stream:
            await stream.__anext__()
            raise LookupError


async def close_after_one(stream: Stream) -> None:
    await stream.__anext__()
    await stream.close()


async def close_twice(stream: Stream) -> None:
    await stream.__anext__()
    await stream.close()
    await stream.close()


async def break_and_drop(stream: Stream) -> None:
    async for _ in stream:
        break


async def close_the_wrapping_generator(stream: Stream) -> None:
    """As when a client disconnects from an event stream of the application."""
    wrapping = agenerated(stream)
    await wrapping.__anext__()
    await wrapping.aclose()


async def drop_the_wrapping_generator(stream: Stream) -> None:
    wrapping = agenerated(stream)
    await wrapping.__anext__()


async def close_unread(stream: Stream) -> None:
    await stream.close()


async def leave_unread(stream: Stream) -> None:
    async with stream:
        pass


async def drop_unread(stream: Stream) -> None:
    del stream


WAYS = [
    break_within_with,
    raise_within_with,
    close_after_one,
    close_twice,
    break_and_drop,
    close_the_wrapping_generator,
    drop_the_wrapping_generator,
    close_unread,
    leave_unread,
    drop_unread,
]


@pytest.mark.parametrize("leave", WAYS)
async def test_an_asynchronous_stream_left_early_ends_its_span_once(
    traced: Recorder,
    aclient: openai.AsyncOpenAI,
    leave: Callable[[Stream], Awaitable[None]],
    settle: Callable[[], Awaitable[None]],
) -> None:
    await leave(await ask(aclient))
    await settle()
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert "error.type" not in traced.attributes()
    assert [point.count for point in traced.points("gen_ai.client.operation.duration")] == [1]


async def test_leaving_an_asynchronous_stream_early_detaches_nothing_from_elsewhere(
    traced: Recorder,
    aclient: openai.AsyncOpenAI,
    caplog: pytest.LogCaptureFixture,
    settle: Callable[[], Awaitable[None]],
) -> None:
    """The log must stay free of `Failed to detach context`, which OpenTelemetry writes rather than raises."""
    with caplog.at_level(logging.DEBUG, logger="opentelemetry"):
        for leave in WAYS:
            await leave(await ask(aclient))
        await settle()
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []
    assert traced.tree() == ["chat gpt-4o-mini"] * len(WAYS)


async def test_the_asynchronous_close_is_awaited(traced: Recorder, aclient: openai.AsyncOpenAI) -> None:
    stream = await ask(aclient)
    async with stream:
        await stream.__anext__()
    assert stream.response.is_closed
    assert traced.tree() == ["chat gpt-4o-mini"]


async def test_a_call_cancelled_while_it_waits_is_ended_as_cancelled(
    traced: Recorder, aclient: openai.AsyncOpenAI, provider: Provider
) -> None:
    held = threading.Event()
    provider.say(Reply(hold=held))
    call = asyncio.create_task(aclient.chat.completions.create(model="gpt-4o-mini", messages=HELLO))
    await asyncio.to_thread(provider.wait)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    held.set()
    assert call.cancelled()
    assert traced.attributes()["error.type"] == "cancelled"


async def test_a_stream_cancelled_while_a_chunk_is_awaited_is_ended_as_cancelled(
    traced: Recorder, aclient: openai.AsyncOpenAI, provider: Provider
) -> None:
    held, first = threading.Event(), asyncio.Event()
    provider.say(Reply(text="one two three", hold=held, hold_at=2))

    async def consume() -> None:
        async for _ in await ask(aclient):
            first.set()

    reading = asyncio.create_task(consume())
    await first.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    held.set()
    found = traced.attributes()
    assert found["error.type"] == "cancelled"
    assert found["gen_ai.response.finish_reasons"] == ["error"]
    assert found["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"


async def test_waiting_for_a_call_with_a_limit_still_raises_its_timeout(
    traced: Recorder, aclient: openai.AsyncOpenAI, provider: Provider
) -> None:
    held = threading.Event()
    provider.say(Reply(hold=held))
    call = aclient.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(call, timeout=0.05)
    held.set()
    assert traced.attributes()["error.type"] == "cancelled"


@pytest.mark.skipif(not hasattr(asyncio, "timeout"), reason="`asyncio.timeout` came with Python 3.11")
async def test_a_stream_within_a_timeout_block_still_raises_its_timeout(
    traced: Recorder, aclient: openai.AsyncOpenAI, provider: Provider
) -> None:
    held = threading.Event()
    provider.say(Reply(text="one two three", hold=held, hold_at=2))
    stream = await ask(aclient)
    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout(0.05):
            [chunk async for chunk in stream]
    held.set()
    assert traced.attributes()["error.type"] == "cancelled"


async def test_a_call_in_a_cancel_scope_of_anyio_is_ended_as_cancelled(
    traced: Recorder, aclient: openai.AsyncOpenAI, provider: Provider
) -> None:
    held = threading.Event()
    provider.say(Reply(hold=held))
    with anyio.move_on_after(0.05) as scope:
        await aclient.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    held.set()
    assert scope.cancelled_caught
    assert traced.attributes()["error.type"] == "cancelled"


async def test_a_cancellation_is_one_failed_point_and_no_exception_event(
    traced: Recorder, aclient: openai.AsyncOpenAI, provider: Provider
) -> None:
    held = threading.Event()
    provider.say(Reply(hold=held))
    call = asyncio.create_task(aclient.chat.completions.create(model="gpt-4o-mini", messages=HELLO))
    await asyncio.to_thread(provider.wait)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    held.set()
    (point,) = traced.points("gen_ai.client.operation.duration")
    assert point.labels["error.type"] == "cancelled"
    assert traced.logs == []


async def test_an_error_event_within_an_asynchronous_stream_is_an_error(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    stream = await aclient.chat.completions.create(model="odd:mid-stream-error", messages=HELLO, stream=True)
    with pytest.raises(openai.APIError):
        [chunk async for chunk in stream]
    assert traced.attributes()["error.type"] == "openai.APIError"


async def test_a_stream_made_in_one_task_and_read_in_another_ends_cleanly(
    traced: Recorder, aclient: openai.AsyncOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    stream = await asyncio.create_task(ask(aclient))

    async def read() -> int:
        return len([chunk async for chunk in stream])

    with caplog.at_level(logging.DEBUG, logger="opentelemetry"):
        assert await asyncio.create_task(read()) > 1
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []
    assert traced.tree() == ["chat gpt-4o-mini"]
