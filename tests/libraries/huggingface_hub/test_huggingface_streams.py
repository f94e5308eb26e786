# SPDX-License-Identifier: Apache-2.0
"""Streams: one span each, with what the wire told, ended on every way out."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from asking import HELLO
from leaving import break_and_drop, cancel, close_after_one, drop_in_a_cycle
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from huggingface_hub import AsyncInferenceClient, InferenceClient

    from harness import Recorder

BEGUN = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "huggingface",
    "gen_ai.request.stream": True,
    "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
    "gen_ai.response.model": IsStr(),
    "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
}


def ask(client: Any) -> Any:
    return client.chat_completion(HELLO, stream=True, stream_options={"include_usage": True})


def ended(last: Any) -> dict[str, Any]:
    """Return what the last chunk tells, as attributes."""
    return {
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": last.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": last.usage.completion_tokens,
    }


def current() -> str:
    """Return the name of the span that is current here."""
    return getattr(trace.get_current_span(), "name", "")


def test_a_stream_tells_what_a_whole_answer_does(
    traced: Recorder, client: InferenceClient, server: dict[str, Any]
) -> None:
    *_, last = ask(client)
    assert traced.one().status.status_code is StatusCode.UNSET
    assert traced.attributes() == {**BEGUN, **server, **ended(last)}


async def test_an_asynchronous_stream_tells_the_same(
    traced: Recorder, aclient: AsyncInferenceClient, server: dict[str, Any]
) -> None:
    *_, last = [chunk async for chunk in await ask(aclient)]
    assert traced.attributes() == {**BEGUN, **server, **ended(last)}


def test_a_stream_is_the_generator_of_the_sdk(traced: Recorder, client: InferenceClient) -> None:
    stream = ask(client)
    assert type(stream) is type(_ for _ in ())
    stream.close()


async def test_an_asynchronous_stream_is_the_asynchronous_generator_of_the_sdk(
    traced: Recorder, aclient: AsyncInferenceClient
) -> None:
    stream = await ask(aclient)
    assert inspect.isasyncgen(stream)
    await stream.aclose()


def test_a_streamed_answer_is_content_as_a_whole_one_is(
    shown: Recorder, client: InferenceClient, provider: Provider
) -> None:
    provider.say(Reply(text="Let me look.", tool_calls=[ToolCall("look", {"at": "sky"})]))
    list(ask(client))
    (said,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert [part["type"] for part in said["parts"]] == ["text", "tool_call"]
    assert (said["parts"][0]["content"], said["parts"][1]["arguments"]) == ("Let me look.", {"at": "sky"})


def test_the_span_is_never_current_while_a_stream_is_consumed(
    traced: Recorder, client: InferenceClient
) -> None:
    assert {current() for _ in ask(client)} == {""}


# Before 1.0 a response that is collected leaves its connection open, as it does with the SDK alone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("leave", [close_after_one, break_and_drop, drop_in_a_cycle])
def test_a_stream_left_early_ends_its_span_without_an_error(
    traced: Recorder, client: InferenceClient, server: dict[str, Any], leave: Callable[[Any], None]
) -> None:
    leave(ask(client))
    gc.collect()
    assert traced.attributes() == {**BEGUN, **server}


def test_a_stream_that_is_never_iterated_ends_its_span(traced: Recorder, client: InferenceClient) -> None:
    """The request was sent, and the server has answered."""
    stream = ask(client)
    del stream
    gc.collect()
    assert traced.tree() == ["chat"]


async def test_an_asynchronous_stream_that_is_closed_ends_its_span(
    traced: Recorder, aclient: AsyncInferenceClient, server: dict[str, Any]
) -> None:
    stream = await ask(aclient)
    await anext(stream)
    await stream.aclose()
    gc.collect()
    assert traced.attributes() == {**BEGUN, **server}


async def test_an_asynchronous_stream_that_is_dropped_ends_its_span(
    traced: Recorder, aclient: AsyncInferenceClient, server: dict[str, Any]
) -> None:
    async for _ in await ask(aclient):
        break
    # The loop closes the SDK's generator, and that lets go of ours.
    gc.collect()
    await asyncio.sleep(0)
    while closing := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(closing)
    gc.collect()
    assert traced.attributes() == {**BEGUN, **server}


def test_an_error_within_a_stream_is_the_calls(
    traced: Recorder, client_at: Callable[[str], InferenceClient], server: dict[str, Any], provider: Provider
) -> None:
    provider.say(Reply(text="One two", finish_reason="overloaded"))
    with pytest.raises(Exception, match="Model is overloaded"):
        list(client_at("/tgi").text_generation("Hello", stream=True))
    gc.collect()
    assert traced.one().status.status_code is StatusCode.ERROR
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "huggingface",
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["error"],
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "error.type": "overloaded",
    }


def test_a_connection_that_is_cut_is_an_error(
    traced: Recorder, client: InferenceClient, provider: Provider
) -> None:
    provider.say(Reply(text="One two three", cut_after=1))
    with pytest.raises(Exception) as raised:  # noqa: B017 - of the HTTP library
        list(ask(client))
    assert traced.attributes()["error.type"].endswith(type(raised.value).__name__)


async def test_a_stream_whose_task_is_cancelled_says_so(
    traced: Recorder, aclient: AsyncInferenceClient, provider: Provider
) -> None:
    hold, seen = threading.Event(), asyncio.Event()
    provider.say(Reply(text="One two three", hold=hold, hold_at=2))

    async def consume() -> None:
        async for _ in await ask(aclient):
            seen.set()

    task = asyncio.create_task(consume())
    await seen.wait()
    await cancel(task, hold)
    gc.collect()
    assert traced.attributes()["error.type"] == "cancelled"


async def test_a_call_whose_task_is_cancelled_says_so(
    traced: Recorder, aclient: AsyncInferenceClient, provider: Provider
) -> None:
    hold = threading.Event()
    provider.say(Reply(text="Hi.", hold=hold))
    task = asyncio.create_task(aclient.chat_completion(HELLO))
    await asyncio.to_thread(provider.wait, 1)
    await cancel(task, hold)
    assert traced.attributes()["error.type"] == "cancelled"


async def test_streams_side_by_side_are_siblings(traced: Recorder, aclient: AsyncInferenceClient) -> None:
    async def consume() -> None:
        async for _ in await ask(aclient):
            await asyncio.sleep(0)

    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        await asyncio.gather(*(consume() for _ in range(4)))
    assert traced.tree() == ["application", *["  chat"] * 4]
