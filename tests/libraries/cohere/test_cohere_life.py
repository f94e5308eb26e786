# SPDX-License-Identifier: Apache-2.0
"""Cohere's clients around instrumentation: made before, after, twice; what is current; what is left untouched."""

from __future__ import annotations

import contextlib
import inspect
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import cohere
import httpx
import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from asking import HELLO
from spanwright.instrumentors.cohere import CohereInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

ASK: dict[str, Any] = {"model": "command-a", "messages": HELLO}
SAY: dict[str, Any] = {"model": "command-r", "message": "Hello there"}
raw = pytest.mark.usefixtures("raw")


@raw
def test_a_client_made_before_is_traced(
    recorder: Recorder, client: cohere.ClientV2, v1: cohere.Client
) -> None:
    recorder.instrument(CohereInstrumentor())
    client.chat(**ASK)
    v1.chat(**SAY)
    list(client.chat_stream(**ASK))
    list(v1.chat_stream(**SAY))
    assert recorder.tree() == ["chat command-a", "chat command-r", "chat command-a", "chat command-r"]


@raw
def test_a_bound_method_saved_before_is_traced(recorder: Recorder, client: cohere.ClientV2) -> None:
    chat, stream, rerank = client.chat, client.chat_stream, client.rerank
    recorder.instrument(CohereInstrumentor())
    chat(**ASK)
    list(stream(**ASK))
    rerank(model="rerank-v3.5", query="a", documents=["a"])
    assert recorder.tree() == ["chat command-a", "chat command-a", "rerank"]


@raw
async def test_an_asynchronous_client_made_before_is_traced(
    recorder: Recorder, aclient: cohere.AsyncClientV2, av1: cohere.AsyncClient
) -> None:
    recorder.instrument(CohereInstrumentor())
    await aclient.chat(**ASK)
    await av1.chat(**SAY)
    assert [event async for event in aclient.chat_stream(**ASK)]
    assert recorder.tree() == ["chat command-a", "chat command-r", "chat command-a"]


def test_methods_that_no_client_binds_are_seen_of_one_made_before(
    recorder: Recorder, client: cohere.ClientV2
) -> None:
    recorder.instrument(CohereInstrumentor())
    client.rerank(model="rerank-v3.5", query="a", documents=["a"])
    assert recorder.tree() == ["rerank"]


@raw
def test_uninstrumenting_silences_and_instrumenting_again_gives_one_span(
    traced: Recorder, client: cohere.ClientV2
) -> None:
    chat, stream = client.chat, client.chat_stream
    traced.uninstrument()
    chat(**ASK)
    list(stream(**ASK))
    assert traced.tree() == []
    traced.instrument(CohereInstrumentor())
    chat(**ASK)
    list(stream(**ASK))
    assert traced.tree() == ["chat command-a", "chat command-a"]


def test_uninstrumenting_silences_a_client_that_was_made_before(
    traced: Recorder, client: cohere.ClientV2
) -> None:
    traced.uninstrument()
    client.chat(**ASK)
    list(client.chat_stream(**ASK))
    assert traced.tree() == []


def test_uninstrumenting_puts_back_what_was_there(recorder: Recorder) -> None:
    def methods() -> list[Any]:
        return [
            vars(client)[name]
            for client in (cohere.base_client.BaseCohere, cohere.v2.client.V2Client)
            for name in ("chat", "chat_stream", "embed", "rerank")
        ]

    before = methods()
    recorder.instrument(CohereInstrumentor())
    recorder.uninstrument()
    assert all(one is other for one, other in zip(methods(), before, strict=True))


def test_instrumenting_twice_is_one_span(recorder: Recorder, provider: Provider) -> None:
    recorder.instrument(CohereInstrumentor(), CohereInstrumentor())
    with httpx.Client(verify=False) as sender:
        cohere.ClientV2(api_key="test", base_url=provider.url, httpx_client=sender).chat(**ASK)
    assert recorder.tree() == ["chat command-a"]


def test_nothing_is_traced_while_instrumentation_is_suppressed(
    traced: Recorder, client: cohere.ClientV2
) -> None:
    with suppress_instrumentation():
        assert client.chat(**ASK).finish_reason == "COMPLETE"
        assert [event.type for event in client.chat_stream(**ASK)][-1] == "message-end"
    assert traced.tree() == []
    assert traced.points() == []


async def test_nothing_is_traced_while_instrumentation_is_suppressed_asynchronously(
    traced: Recorder, aclient: cohere.AsyncClientV2
) -> None:
    with suppress_instrumentation():
        assert [event.type async for event in aclient.chat_stream(**ASK)][-1] == "message-end"
    assert traced.tree() == []


def test_what_is_sent_is_what_the_sdk_alone_sends(
    shown: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    asked = deepcopy(ASK)
    client.chat(**asked, request_options={"additional_body_parameters": {"extra": 1}})
    list(client.chat_stream(**asked))
    shown.uninstrument()
    client.chat(**asked, request_options={"additional_body_parameters": {"extra": 1}})
    list(client.chat_stream(**asked))
    bodies = [request.body for request in provider.requests]
    assert bodies[:2] == bodies[2:]
    assert asked == ASK


def test_messages_that_can_be_read_once_are_not_read_by_us(
    shown: Recorder, client: cohere.ClientV2, provider: Provider
) -> None:
    client.rerank(model="rerank-v3.5", query="a", documents=(each for each in ("a", "b")))
    assert provider.requests[0].fields["documents"] == ["a", "b"]
    assert shown.tree() == ["rerank"]


def test_methods_keep_their_signature_and_their_kind(traced: Recorder) -> None:
    traced.uninstrument()
    alone = [
        (inspect.signature(vars(each)["chat"]), inspect.iscoroutinefunction(vars(each)["chat"]))
        for each in (cohere.v2.client.V2Client, cohere.v2.client.AsyncV2Client)
    ]
    traced.instrument(CohereInstrumentor())
    assert [
        (inspect.signature(each.chat), inspect.iscoroutinefunction(each.chat))
        for each in (cohere.v2.client.V2Client, cohere.v2.client.AsyncV2Client)
    ] == alone


def test_a_stream_is_still_a_generator(traced: Recorder, client: cohere.ClientV2) -> None:
    stream: Any = client.chat_stream(**ASK)
    assert inspect.isgenerator(stream)
    stream.close()


@raw
def test_a_raw_stream_is_still_the_standard_librarys_manager(
    traced: Recorder, client: cohere.ClientV2
) -> None:
    manager: Any = client.with_raw_response.chat_stream(**ASK)
    assert isinstance(manager, contextlib.AbstractContextManager)
    assert isinstance(manager, contextlib.ContextDecorator)


def test_requests_nest_under_the_call(recorder: Recorder, provider: Provider) -> None:
    recorder.instrument(CohereInstrumentor(), HttpxInstrumentor())
    with httpx.Client(verify=False) as sender:
        client = cohere.ClientV2(api_key="test", base_url=provider.url, httpx_client=sender)
        with trace_of(recorder):
            client.chat(**ASK)
            list(client.chat_stream(**ASK))
    assert recorder.tree() == [
        "request",
        "  chat command-a",
        "    POST",
        "  chat command-a",
        "    POST",
    ]


async def test_asynchronous_requests_nest_under_the_call(recorder: Recorder, provider: Provider) -> None:
    recorder.instrument(CohereInstrumentor(), HttpxInstrumentor())
    async with httpx.AsyncClient(verify=False) as sender:
        client = cohere.AsyncClientV2(api_key="test", base_url=provider.url, httpx_client=sender)
        await client.chat(**ASK)
        assert [event async for event in client.chat_stream(**ASK)]
    assert recorder.tree() == ["chat command-a", "  POST", "chat command-a", "  POST"]


def trace_of(recorder: Recorder) -> Any:
    """Return a span of the application's own."""
    return recorder.tracer_provider.get_tracer("app").start_as_current_span("request")


@pytest.mark.usefixtures("leavable")
def test_no_span_is_left_current(traced: Recorder, client: cohere.ClientV2) -> None:
    client.chat(**ASK)
    stream: Any = client.chat_stream(**ASK)
    next(stream)
    assert not trace.get_current_span().get_span_context().is_valid
    stream.close()
