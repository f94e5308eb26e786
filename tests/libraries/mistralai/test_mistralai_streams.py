# SPDX-License-Identifier: Apache-2.0
"""Streams: the same facts as of a whole answer, the SDK's own objects, and one span on every way out of them."""

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
from pydantic import BaseModel

from asking import HELLO, WEATHER
from leaving import break_and_drop, break_within_with, cancel, close_after_one, close_twice, raise_within_with
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder

MODEL = "mistral-small-latest"
STREAMED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "mistral_ai",
    "gen_ai.request.model": MODEL,
    "gen_ai.request.stream": True,
    "gen_ai.response.model": MODEL,
    "gen_ai.response.id": IsStr(regex="[0-9a-f]{32}"),
    "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
}


class Trip(BaseModel):
    city: str
    days: int


def used(chunks: list[Any]) -> dict[str, Any]:
    usage = chunks[-1].data.usage
    return {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
    }


def test_a_stream(traced: Recorder, client: Any, server: dict[str, Any], defaults: Any) -> None:
    chunks = list(client.chat.stream(model=MODEL, messages=HELLO))
    assert traced.attributes() == {
        **STREAMED,
        **server,
        **defaults(),
        **used(chunks),
        "gen_ai.response.finish_reasons": ["stop"],
    }


async def test_the_same_asynchronously(
    traced: Recorder, client: Any, server: dict[str, Any], defaults: Any
) -> None:
    chunks = [chunk async for chunk in await client.chat.stream_async(model=MODEL, messages=HELLO)]
    assert traced.attributes() == {
        **STREAMED,
        **server,
        **defaults(),
        **used(chunks),
        "gen_ai.response.finish_reasons": ["stop"],
    }


def test_words_are_joined(shown: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(text="Good day to you"))
    list(client.chat.stream(model=MODEL, messages=HELLO))
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message == {
        "role": "assistant",
        "parts": [{"type": "text", "content": "Good day to you"}],
        "finish_reason": "stop",
    }


def test_thoughts_are_joined(shown: Recorder, client: Any, provider: Provider, modern: None) -> None:
    provider.say(Reply(text="It is four", reasoning="Two and two"))
    list(client.chat.stream(model="magistral-medium-latest", messages=HELLO))
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"] == [
        {"type": "reasoning", "content": "Two and two"},
        {"type": "text", "content": "It is four"},
    ]


def test_a_call_of_a_tool_in_a_stream(shown: Recorder, client: Any, modern: None) -> None:
    ask = [{"role": "user", "content": "What is the weather in Paris?"}]
    list(client.chat.stream(model=MODEL, messages=ask, tools=[WEATHER]))
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message == {
        "role": "assistant",
        "parts": [
            {"type": "tool_call", "id": IsStr(), "name": "get_weather", "arguments": {"city": "Paris"}}
        ],
        "finish_reason": "tool_call",
    }


def test_a_parsed_stream(traced: Recorder, client: Any) -> None:
    ask: list[Any] = [{"role": "user", "content": "Rome for 3 days"}]
    chunks = list(client.chat.parse_stream(Trip, model=MODEL, messages=ask))
    assert traced.attributes()["gen_ai.usage.output_tokens"] == chunks[-1].data.usage.completion_tokens


async def test_a_parsed_stream_that_is_awaited(traced: Recorder, client: Any) -> None:
    ask: list[Any] = [{"role": "user", "content": "Rome for 3 days"}]
    stream = await client.chat.parse_stream_async(Trip, model=MODEL, messages=ask)
    assert [chunk async for chunk in stream]
    assert traced.tree() == [f"chat {MODEL}"]


def test_a_stream_is_the_sdks_own_object(traced: Recorder, client: Any) -> None:
    seen = type(client.chat.stream(model=MODEL, messages=HELLO))
    kind = client.chat.stream(model=MODEL, messages=HELLO).__class__
    traced.uninstrument()
    assert kind is type(client.chat.stream(model=MODEL, messages=HELLO))
    assert seen.__name__ in (kind.__name__, "Generated")


def test_what_a_stream_takes_its_events_from_is_still_a_generator(traced: Recorder, client: Any) -> None:
    stream = client.chat.stream(model=MODEL, messages=HELLO)
    assert inspect.isgenerator(getattr(stream, "generator", stream))


def test_the_span_is_not_current_while_the_application_has_a_chunk(traced: Recorder, client: Any) -> None:
    names = {
        getattr(trace.get_current_span(), "name", "") for _ in client.chat.stream(model=MODEL, messages=HELLO)
    }
    assert names == {""}


@pytest.mark.parametrize(
    "leave", [break_and_drop, break_within_with, raise_within_with, close_after_one, close_twice]
)
def test_a_stream_that_is_left_early_ends_its_span(
    traced: Recorder, client: Any, server: dict[str, Any], defaults: Any, leave: Callable[[Any], None]
) -> None:
    leave(client.chat.stream(model=MODEL, messages=HELLO))
    gc.collect()
    assert traced.attributes() == {**STREAMED, **server, **defaults()}


def test_leaving_with_ends_the_span_though_the_stream_is_held(traced: Recorder, client: Any) -> None:
    stream = client.chat.stream(model=MODEL, messages=HELLO)
    break_within_with(stream)
    assert traced.tree() == [f"chat {MODEL}"]


def test_a_stream_that_is_never_iterated_ends_its_span(traced: Recorder, client: Any) -> None:
    client.chat.stream(model=MODEL, messages=HELLO)
    gc.collect()
    assert traced.tree() == [f"chat {MODEL}"]


async def test_an_asynchronous_stream_that_is_dropped_ends_its_span(
    traced: Recorder, client: Any, settle: Callable[[], Awaitable[None]]
) -> None:
    async for _ in await client.chat.stream_async(model=MODEL, messages=HELLO):
        break
    await settle()
    assert traced.tree() == [f"chat {MODEL}"]


async def test_an_asynchronous_stream_that_is_left_ends_its_span(traced: Recorder, client: Any) -> None:
    stream = await client.chat.stream_async(model=MODEL, messages=HELLO)
    async with stream:
        async for _ in stream:
            break
    assert traced.tree() == [f"chat {MODEL}"]


async def test_a_cancelled_stream_is_told_so(traced: Recorder, client: Any, provider: Provider) -> None:
    hold = threading.Event()
    provider.say(Reply(hold=hold, hold_at=2))
    stream = await client.chat.stream_async(model=MODEL, messages=HELLO)
    await stream.__anext__()
    await stream.__anext__()
    task = asyncio.ensure_future(stream.__anext__())
    await asyncio.sleep(0)
    await cancel(task, hold)
    assert traced.attributes()["error.type"] == "cancelled"


def test_a_connection_that_is_cut_is_an_error(
    traced: Recorder, client: Any, provider: Provider, sdk: Any
) -> None:
    provider.say(Reply(text="Good day to you", cut_after=2))
    with pytest.raises(sdk.httpx.RemoteProtocolError):
        list(client.chat.stream(model=MODEL, messages=HELLO))
    assert traced.attributes()["error.type"].endswith(".RemoteProtocolError")


def test_an_event_that_is_no_chunk_is_an_error(traced: Recorder, client: Any, provider: Provider) -> None:
    """As the API tells of a failure within a stream: the SDK cannot read it, and says so."""
    failure = {
        "object": "error",
        "message": "Service unavailable.",
        "type": "internal_server_error",
        "code": "3000",
    }
    provider.say(Reply(events=[f"data: {json.dumps(failure)}"]))
    with pytest.raises(Exception) as raised:
        list(client.chat.stream(model=MODEL, messages=HELLO))
    assert traced.attributes()["error.type"].endswith(type(raised.value).__name__)


def test_a_stream_that_says_nothing_ends(traced: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(events=["data: [DONE]"]))
    assert list(client.chat.stream(model=MODEL, messages=HELLO)) == []
    assert traced.tree() == [f"chat {MODEL}"]
