# SPDX-License-Identifier: Apache-2.0
"""The body of InvokeModel is the caller's to read, in whatever way; the span ends with it."""

from __future__ import annotations

import gc
import json
from typing import TYPE_CHECKING, Any

import botocore.exceptions
import pytest
from botocore.response import StreamingBody

from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

MODEL = "anthropic.claude-v2"
BODY = json.dumps(
    {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hello there"}],
    }
)


@pytest.fixture
def ask(traced: Recorder, client: Any) -> Callable[[], Any]:
    """Return what makes a body that nobody else holds."""
    return lambda: client.invoke_model(modelId=MODEL, body=BODY)["body"]


def read_all(body: Any) -> bytes:
    return body.read()


def read_some(body: Any) -> bytes:
    pieces: list[bytes] = []
    while piece := body.read(7):
        pieces.append(piece)
    return b"".join(pieces)


def read_into(body: Any) -> bytes:
    found, buffer = b"", bytearray(16)
    while count := body.readinto(buffer):
        found += bytes(buffer[:count])
    return found


def read_lines(body: Any) -> bytes:
    return b"".join(body.readlines())


def read_through_with(body: Any) -> bytes:
    with body as raw:
        return raw.read()


def read_the_raw_stream(body: Any) -> bytes:
    with body as raw:
        return b"".join(raw.stream(16))


def read_lines_of_the_raw_stream(body: Any) -> bytes:
    with body as raw:
        return b"".join(raw)


WAYS = {
    "read": read_all,
    "read-amount": read_some,
    "readinto": read_into,
    "readlines": read_lines,
    "iteration": lambda body: b"".join(body),
    "iter_chunks": lambda body: b"".join(body.iter_chunks(5)),
    "iter_lines": lambda body: b"".join(body.iter_lines()),
    "next": lambda body: next(body) + b"".join(body),
    "json": lambda body: json.dumps(json.load(body)).encode(),
    "with": read_through_with,
    "raw-stream": read_the_raw_stream,
    "raw-lines": read_lines_of_the_raw_stream,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_body_is_read_as_without_us(
    traced: Recorder, ask: Callable[[], Any], client: Any, way: str
) -> None:
    if way == "readinto" and not hasattr(StreamingBody, "readinto"):
        pytest.skip("this version of botocore cannot read into a buffer")
    seen = json.loads(WAYS[way](ask()))
    traced.uninstrument()
    alone = json.loads(client.invoke_model(modelId=MODEL, body=BODY)["body"].read())
    # Ids differ from call to call.
    assert {**seen, "id": ""} == {**alone, "id": ""}


@pytest.mark.parametrize("way", WAYS)
def test_the_span_ends_with_the_body(traced: Recorder, ask: Callable[[], Any], way: str) -> None:
    body = ask()
    assert traced.tree() == []
    WAYS[way](body)
    assert traced.tree() == [f"chat {MODEL}"]
    assert traced.attributes()["gen_ai.usage.output_tokens"] == 27
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop"]


def test_a_body_is_botocores_own(ask: Callable[[], Any]) -> None:
    body = ask()
    assert type(body) is StreamingBody
    assert body.readable()
    assert body.tell() == 0
    assert "HTTPResponse" in type(body._raw_stream).__name__ or "HTTPResponse" in repr(body._raw_stream)
    assert body.read(0) == b""
    body.close()


def test_the_timeout_of_a_body_can_be_set(ask: Callable[[], Any]) -> None:
    body = ask()
    body.set_socket_timeout(5)
    assert body.read()


def close(body: Any) -> None:
    body.close()


def close_after_some(body: Any) -> None:
    body.read(3)
    body.close()


def leave_with(body: Any) -> None:
    with body as raw:
        raw.read(3)


def drop(body: Any) -> None:
    del body


def drop_in_a_cycle(body: Any) -> None:
    held: list[Any] = [body]
    held.append(held)


@pytest.mark.parametrize("leave", [close, close_after_some, leave_with, drop, drop_in_a_cycle])
def test_a_body_that_is_left_ends_its_span_with_what_the_headers_tell(
    traced: Recorder, ask: Callable[[], Any], leave: Callable[[Any], None]
) -> None:
    leave(ask())
    gc.collect()
    assert traced.tree() == [f"chat {MODEL}"]
    found = traced.attributes()
    assert found["gen_ai.usage.input_tokens"] == 9
    assert found["gen_ai.usage.output_tokens"] == 27
    assert "error.type" not in found


def test_a_body_that_is_dropped_ends_when_it_was_touched_last(
    traced: Recorder, ask: Callable[[], Any]
) -> None:
    body = ask()
    body.read(3)
    with traced.tracer_provider.get_tracer("application").start_as_current_span("later"):
        pass
    del body
    gc.collect()
    ended, later = traced.one("chat").end_time, traced.one("later").start_time
    assert ended is not None
    assert later is not None
    assert ended <= later


def test_a_reading_method_outlives_its_body(traced: Recorder, ask: Callable[[], Any]) -> None:
    read = ask().read
    gc.collect()
    assert read()
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop"]


def test_a_body_that_is_cut_is_an_error(traced: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(cut_after=0))
    body = client.invoke_model(modelId=MODEL, body=BODY)["body"]
    with pytest.raises(botocore.exceptions.BotoCoreError) as raised:
        body.read()
    kind = raised.type
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"
    assert kind is type(raised.value)


def test_a_large_body_is_not_kept(traced: Recorder, client: Any, provider: Provider) -> None:
    """What cannot be kept in bounds tells only its headers."""
    large = json.dumps({"id": "m", "stop_reason": "end_turn", "content": "x" * (3 << 20)})
    provider.say(Reply(body=large, headers={"x-amzn-bedrock-output-token-count": "5"}))
    assert client.invoke_model(modelId=MODEL, body=BODY)["body"].read() == large.encode()
    found = traced.attributes()
    assert found["gen_ai.usage.output_tokens"] == 5
    assert "gen_ai.response.finish_reasons" not in found


async def aread_some(body: Any) -> bytes:
    pieces: list[bytes] = []
    while piece := await body.read(7):
        pieces.append(piece)
    return b"".join(pieces)


async def aread_with(body: Any) -> bytes:
    async with body as stream:
        return await stream.read()


async def aiterate(body: Any) -> bytes:
    return b"".join([piece async for piece in body])


async def aread_lines(body: Any) -> bytes:
    return b"".join(await body.readlines())


ASYNC_WAYS = {
    "read": lambda body: body.read(),
    "read-amount": aread_some,
    "with": aread_with,
    "iteration": aiterate,
    "readlines": aread_lines,
}


@pytest.mark.parametrize("way", ASYNC_WAYS)
async def test_the_span_ends_with_the_asynchronous_body(
    traced: Recorder, aconnect: Callable[..., Any], way: str
) -> None:
    async with aconnect() as client:
        answer = await client.invoke_model(modelId=MODEL, body=BODY)
        assert traced.tree() == []
        assert json.loads(await ASYNC_WAYS[way](answer["body"]))["stop_reason"] == "end_turn"
        assert traced.tree() == [f"chat {MODEL}"]
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop"]


async def test_an_asynchronous_body_is_of_the_same_class(
    traced: Recorder, aconnect: Callable[..., Any]
) -> None:
    async with aconnect() as client:
        seen = (await client.invoke_model(modelId=MODEL, body=BODY))["body"]
        traced.uninstrument()
        alone = (await client.invoke_model(modelId=MODEL, body=BODY))["body"]
        assert type(seen) is type(alone)
        assert isinstance(seen, StreamingBody) == isinstance(alone, StreamingBody)
        assert await seen.read()
        assert await alone.read()


async def test_an_asynchronous_body_that_is_left_ends_its_span(
    traced: Recorder, aconnect: Callable[..., Any]
) -> None:
    async with aconnect() as client:
        answer = await client.invoke_model(modelId=MODEL, body=BODY)
        async with answer["body"]:
            await answer["body"].read(3)
        assert traced.tree() == [f"chat {MODEL}"]
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 9


async def test_an_asynchronous_body_that_is_dropped_ends_its_span(
    traced: Recorder, aconnect: Callable[..., Any]
) -> None:
    async with aconnect() as client:
        await client.invoke_model(modelId=MODEL, body=BODY)
        gc.collect()
        assert traced.tree() == [f"chat {MODEL}"]


async def test_an_asynchronous_body_that_is_cut_is_an_error(
    traced: Recorder, aconnect: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(cut_after=0))
    async with aconnect() as client:
        answer = await client.invoke_model(modelId=MODEL, body=BODY)
        with pytest.raises(Exception) as raised:
            await answer["body"].read()
    kind = raised.type
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"
