# SPDX-License-Identifier: Apache-2.0
"""Streams of Cohere: read to their end, left early in every way, failing in the middle, raw."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import cohere
import httpx
import pytest
from dirty_equals import IsFloat, IsStr
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from asking import HELLO
from leaving import break_and_drop, close_after_one
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder

ASK: dict[str, Any] = {"model": "command-a", "messages": HELLO}
SAY: dict[str, Any] = {"model": "command-r", "message": "Hello there"}
leavable = pytest.mark.usefixtures("leavable")
STREAMED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "cohere",
    "gen_ai.request.model": "command-a",
    "gen_ai.request.stream": True,
    "gen_ai.response.id": IsStr(regex="[0-9a-f-]{36}"),
    "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
}
ENDED = {
    **STREAMED,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 2,
    "gen_ai.usage.output_tokens": 27,
}


def test_a_stream_tells_what_a_whole_answer_tells(
    traced: Recorder, client: cohere.ClientV2, server: dict[str, Any]
) -> None:
    assert [event.type for event in client.chat_stream(**ASK)][-1] == "message-end"
    assert traced.tree() == ["chat command-a"]
    assert traced.attributes() == {**ENDED, **server}


async def test_an_asynchronous_stream_tells_the_same(
    traced: Recorder, aclient: cohere.AsyncClientV2, server: dict[str, Any]
) -> None:
    assert [event.type async for event in aclient.chat_stream(**ASK)][-1] == "message-end"
    assert traced.attributes() == {**ENDED, **server}


def test_a_stream_of_version_1_tells_the_same(
    traced: Recorder, v1: cohere.Client, server: dict[str, Any]
) -> None:
    assert [event.event_type for event in v1.chat_stream(**SAY)][-1] == "stream-end"
    assert traced.attributes() == {**ENDED, **server, "gen_ai.request.model": "command-r"}


async def test_an_asynchronous_stream_of_version_1_tells_the_same(
    traced: Recorder, av1: cohere.AsyncClient, server: dict[str, Any]
) -> None:
    assert [event.event_type async for event in av1.chat_stream(**SAY)][-1] == "stream-end"
    assert traced.attributes() == {**ENDED, **server, "gen_ai.request.model": "command-r"}


def test_a_stream_that_is_never_started_is_no_call(traced: Recorder, client: cohere.ClientV2) -> None:
    client.chat_stream(**ASK).close()
    assert traced.tree() == []


@leavable
@pytest.mark.parametrize("leave", [break_and_drop, close_after_one])
def test_a_stream_that_is_left_early_ends_its_span(
    traced: Recorder, client: cohere.ClientV2, leave: Any, server: dict[str, Any]
) -> None:
    leave(client.chat_stream(**ASK))
    gc.collect()
    assert traced.attributes() == {**STREAMED, **server}


@leavable
@pytest.mark.parametrize("leave", [break_and_drop, close_after_one])
def test_leaving_a_stream_early_is_no_error(traced: Recorder, client: cohere.ClientV2, leave: Any) -> None:
    leave(client.chat_stream(**ASK))
    gc.collect()
    assert traced.one().status.status_code is StatusCode.UNSET


@leavable
async def test_an_asynchronous_stream_that_is_closed_early_ends_its_span(
    traced: Recorder, aclient: cohere.AsyncClientV2
) -> None:
    stream: Any = aclient.chat_stream(**ASK)
    await stream.__anext__()
    await stream.aclose()
    assert traced.one().status.status_code is StatusCode.UNSET


@leavable
async def test_an_asynchronous_stream_that_is_dropped_ends_its_span(
    traced: Recorder, aclient: cohere.AsyncClientV2, settle: Callable[[], Awaitable[None]]
) -> None:
    stream: Any = aclient.chat_stream(**ASK)
    await stream.__anext__()
    del stream
    await settle()
    assert traced.tree() == ["chat command-a"]


@leavable
def test_a_stream_that_is_left_early_tells_what_came(shown: Recorder, client: cohere.ClientV2) -> None:
    stream: Any = client.chat_stream(**ASK)
    for _ in range(4):
        next(stream)
    stream.close()
    assert '"content":"You said:"' in shown.attributes()["gen_ai.output.messages"]


def test_a_cut_connection_is_an_error_of_the_stream(
    traced: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    provider.say(Reply(text="One two three four five.", cut_after=4))
    with pytest.raises(httpx.RemoteProtocolError):
        list(client.chat_stream(**ASK))
    found = traced.attributes()
    assert found["error.type"] == "httpx.RemoteProtocolError"
    assert found["gen_ai.response.finish_reasons"] == ["error"]


async def test_a_cut_connection_is_an_error_of_the_asynchronous_stream(
    traced: Recorder, aclient: cohere.AsyncClientV2, provider: Provider
) -> None:
    provider.say(Reply(text="One two three four five.", cut_after=4))
    with pytest.raises(httpx.RemoteProtocolError):
        [event async for event in aclient.chat_stream(**ASK)]
    assert traced.attributes()["error.type"] == "httpx.RemoteProtocolError"


def test_an_answer_that_fails_in_the_stream_is_an_error(
    traced: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    provider.say(Reply(text="One", finish_reason="ERROR"))
    list(client.chat_stream(**ASK))
    assert traced.attributes()["error.type"] == "ERROR"


def test_the_span_is_not_current_while_the_application_has_an_event(
    traced: Recorder, client: cohere.ClientV2
) -> None:
    for _ in client.chat_stream(**ASK):
        assert not trace.get_current_span().get_span_context().is_valid


def test_a_raw_stream_is_one_span(traced: Recorder, client: cohere.ClientV2, server: dict[str, Any]) -> None:
    with client.with_raw_response.chat_stream(**ASK) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert [event.type for event in response.data][-1] == "message-end"
    assert traced.attributes() == {**ENDED, **server}


def test_a_raw_stream_that_is_not_read_ends_with_its_block(traced: Recorder, client: cohere.ClientV2) -> None:
    with client.with_raw_response.chat_stream(**ASK) as response:
        assert traced.spans == []
    assert response.data
    assert traced.one().status.status_code is StatusCode.UNSET


def test_a_raw_stream_that_is_never_entered_is_no_call(traced: Recorder, client: cohere.ClientV2) -> None:
    client.with_raw_response.chat_stream(**ASK)
    gc.collect()
    assert traced.tree() == []


async def test_an_asynchronous_raw_stream_is_one_span(
    traced: Recorder, aclient: cohere.AsyncClientV2, server: dict[str, Any]
) -> None:
    async with aclient.with_raw_response.chat_stream(**ASK) as response:
        assert [event.type async for event in response.data][-1] == "message-end"
    assert traced.attributes() == {**ENDED, **server}


def test_an_error_of_the_application_leaves_a_raw_stream_as_it_is(
    traced: Recorder, client: cohere.ClientV2
) -> None:
    error = LookupError("SECRET")
    with (
        pytest.raises(LookupError) as raised,
        client.with_raw_response.chat_stream(**ASK) as response,
    ):
        next(response.data)
        raise error
    assert raised.value is error
    assert traced.one().status.status_code is StatusCode.UNSET


def test_a_raw_answer_is_one_span(traced: Recorder, client: cohere.ClientV2) -> None:
    response = client.with_raw_response.chat(**ASK)
    assert response.data.finish_reason == "COMPLETE"
    assert traced.attributes()["gen_ai.response.id"] == response.data.id
