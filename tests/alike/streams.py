# SPDX-License-Identifier: Apache-2.0
"""Streams of SDKs that speak OpenAI's protocol: read to their end, and left in every way."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsInt, IsStr
from opentelemetry import trace

from alike.sdk import SDK
from asking import WEATHER
from leaving import (
    abreak_and_drop,
    abreak_within_with,
    aclose_after_one,
    aclose_the_wrapping_generator,
    adrop_unread,
    break_and_drop,
    break_within_with,
    close_after_one,
    close_the_wrapping_generator,
    close_unread,
    drop_unread,
    raise_within_with,
)
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder


def streamed(sdk: SDK) -> dict[str, Any]:
    """Return what the span of a stream tells."""
    usage = {"gen_ai.usage.input_tokens": IsInt(gt=0), "gen_ai.usage.output_tokens": IsInt(gt=0)}
    return {
        **sdk.answer,
        **(usage if sdk.usage_unasked else {}),
        "gen_ai.request.stream": True,
        "gen_ai.response.id": IsStr(),
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


def test_a_stream_read_to_its_end_tells_what_a_whole_answer_does(
    sdk: SDK, traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    assert list(sdk.chat(client, stream=True))
    assert traced.attributes() == {**streamed(sdk), **server}


async def test_an_asynchronous_stream_tells_the_same(
    sdk: SDK, traced: Recorder, aclient: Any, server: dict[str, Any]
) -> None:
    assert [chunk async for chunk in await sdk.chat(aclient, stream=True)]
    assert traced.attributes() == {**streamed(sdk), **server}


def test_a_stream_stays_the_sdks_own_object(sdk: SDK, traced: Recorder, client: Any) -> None:
    stream = sdk.chat(client, stream=True)
    seen = type(stream), type(next(stream))
    stream.close()
    traced.uninstrument()
    bare = sdk.chat(client, stream=True)
    assert seen == (type(bare), type(next(bare)))
    bare.close()


def test_the_span_is_never_current_while_a_stream_is_consumed(
    sdk: SDK, traced: Recorder, client: Any
) -> None:
    assert {trace.get_current_span() for _ in sdk.chat(client, stream=True)} == {trace.INVALID_SPAN}
    assert traced.tree() == [sdk.name]


def test_a_streamed_call_of_a_tool_is_put_together(sdk: SDK, shown: Recorder, client: Any) -> None:
    question = [{"role": "user", "content": "What is the weather in Paris?"}]
    assert list(sdk.chat(client, messages=question, tools=[WEATHER], stream=True))
    found = shown.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["tool_call"]
    assert '"name":"get_weather","arguments":{"city":"Paris"}' in found["gen_ai.output.messages"]


@pytest.mark.parametrize(
    "leave",
    [
        break_within_with,
        raise_within_with,
        close_after_one,
        break_and_drop,
        close_the_wrapping_generator,
        close_unread,
        drop_unread,
    ],
)
def test_a_stream_left_early_ends_its_span_once_without_an_error(
    sdk: SDK, traced: Recorder, client: Any, leave: Callable[[Any], None]
) -> None:
    leave(sdk.chat(client, stream=True))
    gc.collect()
    assert traced.tree() == [sdk.name]
    assert "error.type" not in traced.attributes()
    assert [point.count for point in traced.points("gen_ai.client.operation.duration")] == [1]


@pytest.mark.parametrize(
    "leave",
    [
        abreak_within_with,
        aclose_after_one,
        abreak_and_drop,
        aclose_the_wrapping_generator,
        adrop_unread,
    ],
)
async def test_an_asynchronous_stream_left_early_ends_its_span_once(
    sdk: SDK,
    traced: Recorder,
    aclient: Any,
    leave: Callable[[Any], Awaitable[None]],
    settle: Callable[[], Awaitable[None]],
) -> None:
    await leave(await sdk.chat(aclient, stream=True))
    await settle()
    assert traced.tree() == [sdk.name]
    assert "error.type" not in traced.attributes()
    assert [point.count for point in traced.points("gen_ai.client.operation.duration")] == [1]


async def test_a_stream_cancelled_while_a_chunk_is_awaited_is_ended_as_cancelled(
    sdk: SDK, traced: Recorder, aclient: Any, provider: Provider
) -> None:
    held, first = threading.Event(), asyncio.Event()
    provider.say(Reply(text="one two three", hold=held, hold_at=2))

    async def consume() -> None:
        async for _ in await sdk.chat(aclient, stream=True):
            first.set()

    reading = asyncio.create_task(consume())
    await first.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    held.set()
    found = traced.attributes()
    assert found["error.type"] == "cancelled"
    assert found["gen_ai.response.model"] == (sdk.answered or sdk.model)


async def test_a_call_cancelled_while_it_waits_is_ended_as_cancelled(
    sdk: SDK, traced: Recorder, aclient: Any, provider: Provider
) -> None:
    held = threading.Event()
    provider.say(Reply(hold=held))
    call = asyncio.create_task(sdk.chat(aclient))
    await asyncio.to_thread(provider.wait)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    held.set()
    assert traced.attributes()["error.type"] == "cancelled"


def test_a_connection_cut_within_a_stream_is_an_error_of_the_call(
    sdk: SDK, traced: Recorder, client: Any
) -> None:
    with pytest.raises(Exception) as raised:
        list(sdk.chat(client, model="odd:mid-stream-cut", stream=True))
    kind = type(raised.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"


def test_an_error_within_a_stream_is_an_error_of_the_call(sdk: SDK, traced: Recorder, client: Any) -> None:
    """Some SDKs raise it, others hand it over as one more chunk; the call has failed in any case."""
    try:
        list(sdk.chat(client, model="odd:mid-stream-error", stream=True))
    except Exception as raised:
        kind = type(raised)
        expected = f"{kind.__module__}.{kind.__qualname__}"
        assert expected.startswith(sdk.errors or sdk.module.__name__)
    else:
        expected = "server_error"
    assert traced.attributes()["error.type"] == expected
