# SPDX-License-Identifier: Apache-2.0
"""Streamed chats: every way to read one, and every way to leave it, ends its span with what came so far."""

from __future__ import annotations

import asyncio
import gc
import inspect
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import xai_sdk
from opentelemetry import trace
from xai_sdk.chat import user

from spanwright.instrumentors.xai_sdk import XaiInstrumentor
from wires.xai import chunks

if TYPE_CHECKING:
    from harness import Recorder
    from wires.xai import Xai

MODEL = "grok-4"
ASKED: dict[str, Any] = {"model": MODEL, "messages": [user("Hello SECRET")]}
FACTS = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "x_ai",
    "gen_ai.request.model": MODEL,
    "gen_ai.request.stream": True,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.response.id": "resp_1",
    "gen_ai.response.model": "grok-4-0709",
    "gen_ai.usage.cache_read.input_tokens": 4,
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 8,
    "gen_ai.usage.reasoning.output_tokens": 3,
}


def facts(recorder: Recorder) -> dict[str, Any]:
    found = recorder.attributes()
    found.pop("gen_ai.response.time_to_first_chunk", None)
    return found


def test_a_stream_is_one_span(traced: Recorder, client: xai_sdk.Client, server: dict[str, Any]) -> None:
    texts = [chunk.content for _, chunk in client.chat.create(**ASKED).stream()]
    assert "".join(texts) == "Hello from Grok"
    assert facts(traced) == {**FACTS, **server}


async def test_an_asynchronous_stream_is_the_same(
    traced: Recorder, aclient: xai_sdk.AsyncClient, server: dict[str, Any]
) -> None:
    texts = [chunk.content async for _, chunk in aclient.chat.create(**ASKED).stream()]
    assert "".join(texts) == "Hello from Grok"
    assert facts(traced) == {**FACTS, **server}


def test_the_time_to_the_first_chunk_is_told(traced: Recorder, client: xai_sdk.Client) -> None:
    list(client.chat.create(**ASKED).stream())
    assert traced.attributes()["gen_ai.response.time_to_first_chunk"] > 0


def test_the_message_of_a_stream_is_content(shown: Recorder, client: xai_sdk.Client) -> None:
    list(client.chat.create(**ASKED).stream())
    assert shown.attributes()["gen_ai.output.messages"] == (
        '[{"role":"assistant","parts":[{"type":"text","content":"Hello from Grok"}],"finish_reason":"stop"}]'
    )


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_streamed_batch_has_a_message_a_choice(shown: Recorder, client: xai_sdk.Client) -> None:
    list(client.chat.create(**ASKED).stream_batch(2))
    found = shown.attributes()
    assert found["gen_ai.request.choice.count"] == 2
    assert found["gen_ai.response.finish_reasons"] == ["stop", "stop"]
    assert found["gen_ai.output.messages"].count("Hello from Grok") == 2


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
async def test_an_asynchronous_streamed_batch_is_one_span(
    traced: Recorder, aclient: xai_sdk.AsyncClient
) -> None:
    async for _ in aclient.chat.create(**ASKED).stream_batch(2):
        pass
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop", "stop"]


def test_a_stream_that_is_never_read_is_no_call(
    traced: Recorder, client: xai_sdk.Client, provider: Xai
) -> None:
    client.chat.create(**ASKED).stream()
    gc.collect()
    assert traced.tree() == []
    assert provider.requests == []


def test_a_closed_stream_ends_without_error(traced: Recorder, client: xai_sdk.Client) -> None:
    stream = client.chat.create(**ASKED).stream()
    next(stream)
    stream.close()
    found = traced.attributes()
    assert "error.type" not in found
    assert found["gen_ai.response.id"] == "resp_1"


def test_a_dropped_stream_still_ends_its_span(traced: Recorder, client: xai_sdk.Client) -> None:
    next(client.chat.create(**ASKED).stream())
    gc.collect()
    assert traced.attributes()["gen_ai.response.id"] == "resp_1"


async def test_a_closed_asynchronous_stream_ends_without_error(
    traced: Recorder, aclient: xai_sdk.AsyncClient
) -> None:
    stream = aclient.chat.create(**ASKED).stream()
    await stream.__anext__()
    await stream.aclose()
    assert "error.type" not in traced.attributes()


def test_an_error_within_the_stream_reaches_the_caller(traced: Recorder, client: xai_sdk.Client) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        list(client.chat.create(**{**ASKED, "model": "odd:mid-stream-error"}).stream())
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    found = traced.attributes()
    assert found["error.type"] == "grpc._channel._MultiThreadedRendezvous"
    assert found["gen_ai.response.id"] == "resp_1"


async def test_an_error_within_an_asynchronous_stream_reaches_the_caller(
    traced: Recorder, aclient: xai_sdk.AsyncClient
) -> None:
    with pytest.raises(grpc.RpcError):
        async for _ in aclient.chat.create(**{**ASKED, "model": "odd:mid-stream-error"}).stream():
            pass
    assert traced.attributes()["error.type"] == "grpc.aio._call.AioRpcError"


async def test_a_cancelled_stream_is_cancelled(
    traced: Recorder, aclient: xai_sdk.AsyncClient, provider: Xai
) -> None:
    came = asyncio.Event()

    async def read() -> None:
        async for _ in aclient.chat.create(**{**ASKED, "model": "odd:hold"}).stream():
            came.set()

    task = asyncio.create_task(read())
    await came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    provider.left.set()
    assert traced.attributes()["error.type"] == "cancelled"


def test_the_consumer_of_a_stream_is_not_inside_its_span(traced: Recorder, client: xai_sdk.Client) -> None:
    for _ in client.chat.create(**ASKED).stream():
        assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_stream_looks_like_the_generator_that_it_is(traced: Recorder, client: xai_sdk.Client) -> None:
    assert inspect.isgenerator(client.chat.create(**ASKED).stream())


def test_what_comes_is_as_without_us(recorder: Recorder, client: xai_sdk.Client) -> None:
    bare = [(str(chunk), response.content) for response, chunk in client.chat.create(**ASKED).stream()]
    recorder.instrument(XaiInstrumentor())
    ours = [(str(chunk), response.content) for response, chunk in client.chat.create(**ASKED).stream()]
    assert ours == bare


def test_usage_of_a_stream_is_counted_once(traced: Recorder, client: xai_sdk.Client) -> None:
    list(client.chat.create(**ASKED).stream())
    assert [point.count for point in traced.points("gen_ai.client.token.usage")] == [1, 1]


def test_an_empty_stream_ends_its_span(traced: Recorder, client: xai_sdk.Client, provider: Xai) -> None:
    provider.say([])
    assert list(client.chat.create(**ASKED).stream()) == []
    assert "gen_ai.response.id" not in traced.attributes()


def test_a_stream_of_an_uninstrumented_sdk_in_flight_ends_its_span(
    traced: Recorder, client: xai_sdk.Client, provider: Xai
) -> None:
    provider.say(chunks())
    stream = client.chat.create(**ASKED).stream()
    next(stream)
    traced.uninstrument()
    list(stream)
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 12
