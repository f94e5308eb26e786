# SPDX-License-Identifier: Apache-2.0
"""Streams: one span each, opened by the first step, ended on every way out."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
from typing import TYPE_CHECKING, Any

import httpx
import ollama
import pytest
from dirty_equals import IsFloat
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from asking import HELLO
from leaving import break_and_drop, cancel, close_after_one, drop_in_a_cycle
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

# Before 0.5 the SDK drops what the model thought.
THINKS = pytest.mark.skipif(
    "thinking" not in ollama.Message.model_fields, reason="this version knows no thinking"
)
BEGUN = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "ollama",
    "gen_ai.request.model": "qwen3",
    "gen_ai.request.stream": True,
    "gen_ai.response.model": "qwen3",
    "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
}


def ask(client: Any, model: str = "qwen3") -> Any:
    return client.chat(model=model, messages=HELLO, stream=True)


def ended(last: Any) -> dict[str, Any]:
    """Return what the last line of a stream tells, as attributes."""
    return {
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": last["prompt_eval_count"],
        "gen_ai.usage.output_tokens": last["eval_count"],
    }


def current() -> str:
    """Return the name of the span that is current here."""
    return getattr(trace.get_current_span(), "name", "")


def test_a_stream_tells_what_a_whole_answer_does(
    traced: Recorder, client: ollama.Client, server: dict[str, Any]
) -> None:
    *_, last = ask(client)
    assert traced.one().status.status_code is StatusCode.UNSET
    assert traced.attributes() == {**BEGUN, **server, **ended(last)}


async def test_an_asynchronous_stream_tells_the_same(
    traced: Recorder, aclient: ollama.AsyncClient, server: dict[str, Any]
) -> None:
    *_, last = [chunk async for chunk in await ask(aclient)]
    assert traced.attributes() == {**BEGUN, **server, **ended(last)}


def test_a_stream_is_still_a_generator(traced: Recorder, client: ollama.Client) -> None:
    stream = ask(client)
    assert inspect.isgenerator(stream)
    stream.close()


async def test_an_asynchronous_stream_is_still_an_asynchronous_generator(
    traced: Recorder, aclient: ollama.AsyncClient
) -> None:
    stream = await ask(aclient)
    assert inspect.isasyncgen(stream)
    await stream.aclose()


def test_a_stream_that_is_never_started_is_no_call(
    traced: Recorder, client: ollama.Client, provider: Provider
) -> None:
    """The SDK sends nothing before the first step."""
    stream = ask(client)
    del stream
    gc.collect()
    assert (traced.tree(), provider.requests) == ([], [])


@THINKS
def test_a_streamed_answer_is_content_as_a_whole_one_is(
    shown: Recorder, client: ollama.Client, provider: Provider
) -> None:
    import json

    provider.say(
        Reply(text="Let me look.", reasoning="Paris, then.", tool_calls=[ToolCall("look", {"at": "sky"})])
    )
    list(ask(client))
    (said,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert [part["type"] for part in said["parts"]] == ["reasoning", "text", "tool_call"]
    assert said["parts"][1]["content"] == "Let me look."
    assert said["parts"][2]["arguments"] == {"at": "sky"}


def test_the_span_is_never_current_while_a_stream_is_consumed(
    traced: Recorder, client: ollama.Client
) -> None:
    assert {current() for _ in ask(client)} == {""}


async def test_the_span_is_never_current_while_an_asynchronous_stream_is_consumed(
    traced: Recorder, aclient: ollama.AsyncClient
) -> None:
    assert {current() async for _ in await ask(aclient)} == {""}


def close_the_wrapping_generator(stream: Any) -> None:
    wrapping = (chunk for chunk in stream)
    next(wrapping)
    wrapping.close()


@pytest.mark.parametrize(
    "leave", [close_after_one, break_and_drop, close_the_wrapping_generator, drop_in_a_cycle]
)
def test_a_stream_left_early_ends_its_span_without_an_error(
    traced: Recorder, client: ollama.Client, server: dict[str, Any], leave: Callable[[Any], None]
) -> None:
    leave(ask(client))
    gc.collect()
    assert traced.attributes() == {**BEGUN, **server}


async def test_an_asynchronous_stream_that_is_closed_ends_its_span(
    traced: Recorder, aclient: ollama.AsyncClient, server: dict[str, Any]
) -> None:
    stream = await ask(aclient)
    await anext(stream)
    await stream.aclose()
    assert traced.attributes() == {**BEGUN, **server}


async def test_an_asynchronous_stream_that_is_dropped_ends_its_span(
    traced: Recorder, aclient: ollama.AsyncClient, server: dict[str, Any]
) -> None:
    async for _ in await ask(aclient):
        break
    gc.collect()
    assert traced.attributes() == {**BEGUN, **server}


def test_an_error_within_a_stream_is_the_calls(
    traced: Recorder, client: ollama.Client, server: dict[str, Any]
) -> None:
    with pytest.raises(ollama.ResponseError):
        list(ask(client, "odd:mid-stream-error"))
    assert traced.one().status.status_code is StatusCode.ERROR
    assert traced.one().status.description is None
    assert traced.attributes() == {
        **BEGUN,
        **server,
        "gen_ai.request.model": "odd:mid-stream-error",
        "gen_ai.response.model": "odd:mid-stream-error",
        "gen_ai.response.finish_reasons": ["error"],
        "error.type": "ollama._types.ResponseError",
    }


def test_a_connection_that_is_cut_is_an_error(traced: Recorder, client: ollama.Client) -> None:
    with pytest.raises(httpx.HTTPError) as raised:
        list(ask(client, "odd:mid-stream-cut"))
    assert traced.attributes()["error.type"] == f"httpx.{type(raised.value).__name__}"


def test_a_refused_stream_is_an_error_of_its_first_step(traced: Recorder, client: ollama.Client) -> None:
    stream = ask(client, "error:404")
    with pytest.raises(ollama.ResponseError):
        next(stream)
    assert traced.attributes()["error.type"] == "ollama._types.ResponseError"


async def test_a_stream_whose_task_is_cancelled_says_so(
    traced: Recorder, aclient: ollama.AsyncClient, provider: Provider
) -> None:
    hold, seen = threading.Event(), asyncio.Event()
    provider.say(Reply(text="One two three", hold=hold, hold_at=1))

    async def consume() -> None:
        async for _ in await ask(aclient):
            seen.set()

    task = asyncio.create_task(consume())
    await seen.wait()
    await cancel(task, hold)
    gc.collect()
    assert traced.attributes()["error.type"] == "cancelled"


async def test_a_call_whose_task_is_cancelled_says_so(
    traced: Recorder, aclient: ollama.AsyncClient, provider: Provider
) -> None:
    hold = threading.Event()
    provider.say(Reply(text="Hi.", hold=hold))
    task = asyncio.create_task(aclient.chat(model="qwen3", messages=HELLO))
    await asyncio.to_thread(provider.wait, 1)
    await cancel(task, hold)
    assert traced.attributes()["error.type"] == "cancelled"


async def test_streams_side_by_side_are_siblings(traced: Recorder, aclient: ollama.AsyncClient) -> None:
    async def consume() -> None:
        async for _ in await ask(aclient):
            await asyncio.sleep(0)

    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        await asyncio.gather(*(consume() for _ in range(5)))
    assert traced.tree() == ["application", *["  chat qwen3"] * 5]
