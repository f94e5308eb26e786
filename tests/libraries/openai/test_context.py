# SPDX-License-Identifier: Apache-2.0
"""What is current when: the span around the SDK's own work, the application's context everywhere else."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import openai
import pytest
from opentelemetry import baggage, context, trace

from asking import HELLO
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from harness import Recorder

ASK: dict[str, Any] = {"model": "gpt-4o-mini", "messages": HELLO}


def current() -> str:
    """Return the name of the span that is current here."""
    return getattr(trace.get_current_span(), "name", "")


@pytest.fixture
def wire() -> list[str]:
    """Return the names of the spans that were current when a request was sent."""
    return []


@pytest.fixture
def noting(provider: Provider, http: Any, wire: list[str]) -> Iterator[openai.OpenAI]:
    """Return a client that notes what is current while the HTTP library works."""
    with openai.OpenAI(
        base_url=provider.base_url,
        api_key="test",
        http_client=http.Client(verify=False, event_hooks={"request": [lambda _: wire.append(current())]}),
    ) as made:
        yield made


@pytest.fixture
async def anoting(provider: Provider, http: Any, wire: list[str]) -> AsyncIterator[openai.AsyncOpenAI]:
    """Return its asynchronous twin."""

    async def note(_: Any) -> None:
        wire.append(current())

    async with openai.AsyncOpenAI(
        base_url=provider.base_url,
        api_key="test",
        http_client=http.AsyncClient(verify=False, event_hooks={"request": [note]}),
    ) as made:
        yield made


def test_the_span_is_current_while_the_request_is_sent(
    traced: Recorder, noting: openai.OpenAI, wire: list[str]
) -> None:
    """So that the span of the HTTP attempt is its child, and the header that is sent names it."""
    noting.chat.completions.create(**ASK)
    assert (wire, current(), traced.tree()) == (["chat gpt-4o-mini"], "", ["chat gpt-4o-mini"])


async def test_the_span_is_current_while_the_request_is_sent_asynchronously(
    traced: Recorder, anoting: openai.AsyncOpenAI, wire: list[str]
) -> None:
    await anoting.chat.completions.create(**ASK)
    assert (wire, current(), traced.tree()) == (["chat gpt-4o-mini"], "", ["chat gpt-4o-mini"])


def test_the_span_is_current_while_a_stream_is_opened_and_never_while_it_is_consumed(
    traced: Recorder, noting: openai.OpenAI, wire: list[str]
) -> None:
    seen = {current() for _ in noting.chat.completions.create(**ASK, stream=True)}
    assert (wire, seen, traced.tree()) == (["chat gpt-4o-mini"], {""}, ["chat gpt-4o-mini"])


async def test_the_span_is_never_current_while_an_asynchronous_stream_is_consumed(
    traced: Recorder, anoting: openai.AsyncOpenAI, wire: list[str]
) -> None:
    stream = await anoting.chat.completions.create(**ASK, stream=True)
    seen = {current() async for _ in stream}
    assert (wire, seen, traced.tree()) == (["chat gpt-4o-mini"], {""}, ["chat gpt-4o-mini"])


def test_spans_of_the_application_between_chunks_are_no_children(
    traced: Recorder, client: openai.OpenAI
) -> None:
    tracer = traced.tracer_provider.get_tracer("application")
    with tracer.start_as_current_span("application"):
        for number, _ in enumerate(client.chat.completions.create(**ASK, stream=True)):
            if number < 2:
                with tracer.start_as_current_span(f"work {number}"):
                    pass
    assert traced.tree() == ["application", "  chat gpt-4o-mini", "  work 0", "  work 1"]


def test_a_call_is_a_child_of_what_is_current(traced: Recorder, client: openai.OpenAI) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        client.chat.completions.create(**ASK)
    assert traced.tree() == ["application", "  chat gpt-4o-mini"]


async def test_an_awaited_call_is_a_child_of_what_is_current_where_it_is_awaited(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        await aclient.chat.completions.create(**ASK)
    assert traced.tree() == ["application", "  chat gpt-4o-mini"]


def test_what_is_current_is_restored_after_every_kind_of_end(traced: Recorder, client: openai.OpenAI) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        client.chat.completions.create(**ASK)
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="error:404", messages=HELLO)
        with client.chat.completions.create(**ASK, stream=True) as stream:
            next(stream)
            assert current() == "application"
        with (
            pytest.raises(openai.APIError),
            client.chat.completions.create(
                model="odd:mid-stream-error", messages=HELLO, stream=True
            ) as failing,
        ):
            list(failing)
        assert current() == "application"
    assert current() == ""


async def test_calls_in_parallel_are_siblings_with_their_own_answers(
    shown: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    tracer = shown.tracer_provider.get_tracer("application")

    async def ask(number: int) -> None:
        with tracer.start_as_current_span(f"work {number}"):
            stream = await aclient.chat.completions.create(
                model="gpt-4o-mini",
                messages=[{"role": "user", "content": f"Hello number {number}"}],
                stream=True,
            )
            assert [chunk async for chunk in stream]

    await asyncio.gather(*(ask(number) for number in range(50)))
    by_id = {span.context.span_id: span for span in shown.spans if span.context}
    calls = [span for span in shown.spans if span.name == "chat gpt-4o-mini"]
    assert len(calls) == 50
    for span in calls:
        assert span.parent is not None
        number = by_id[span.parent.span_id].name.removeprefix("work ")
        told = dict(span.attributes or {})
        assert f'"Hello number {number}"' in str(told["gen_ai.input.messages"])
        assert f"Hello number {number}" in str(told["gen_ai.output.messages"]).replace("\\", "")


async def test_streams_that_are_read_in_turns_stay_apart(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    streams = [await aclient.chat.completions.create(**ASK, stream=True) for _ in range(3)]
    open_streams = list(streams)
    while open_streams:
        for stream in list(open_streams):
            try:
                await stream.__anext__()
            except StopAsyncIteration:
                open_streams.remove(stream)
    assert traced.tree() == ["chat gpt-4o-mini"] * 3
    assert len({(span.attributes or {})["gen_ai.response.id"] for span in traced.spans}) == 3


def test_calls_of_threads_each_have_their_span(traced: Recorder, client: openai.OpenAI) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.chat.completions.create(**ASK), range(24)))
    assert traced.tree() == ["chat gpt-4o-mini"] * 24
    (point,) = traced.points("gen_ai.client.operation.duration")
    assert point.count == 24


def test_a_stream_opened_in_one_thread_and_read_in_another_ends_cleanly(
    traced: Recorder, client: openai.OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    stream = client.chat.completions.create(**ASK, stream=True)
    with caplog.at_level(logging.DEBUG, logger="opentelemetry"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(list, stream).result()
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_call_without_a_loop_within_a_running_one_has_its_parent(
    traced: Recorder, client: openai.OpenAI
) -> None:
    async def application() -> None:
        with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
            client.chat.completions.create(**ASK)

    asyncio.run(application())
    assert traced.tree() == ["application", "  chat gpt-4o-mini"]


async def test_a_stream_behind_an_endpoint_whose_client_leaves_ends_under_its_request(
    traced: Recorder,
    aclient: openai.AsyncOpenAI,
    caplog: pytest.LogCaptureFixture,
    settle: Callable[[], Awaitable[None]],
) -> None:
    """The request's span may be over by then; the call is its child all the same."""
    tracer = traced.tracer_provider.get_tracer("server")

    async def events() -> AsyncIterator[str]:
        async for chunk in await aclient.chat.completions.create(**ASK, stream=True):
            yield chunk.choices[0].delta.content or ""

    with caplog.at_level(logging.DEBUG, logger="opentelemetry"):
        with tracer.start_as_current_span("GET /chat"):
            answer = events()
            await answer.__anext__()
        await answer.aclose()
        await settle()
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []
    assert traced.tree() == ["GET /chat", "  chat gpt-4o-mini"]


def test_the_conversation_of_the_baggage_is_told(traced: Recorder, client: openai.OpenAI) -> None:
    token = context.attach(baggage.set_baggage("gen_ai.conversation.id", "conv_7"))
    try:
        client.chat.completions.create(**ASK)
    finally:
        context.detach(token)
    client.chat.completions.create(**ASK)
    found = [(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans]
    assert found == ["conv_7", None]


def test_the_conversation_of_the_request_wins_over_the_baggage(
    traced: Recorder, client: openai.OpenAI
) -> None:
    token = context.attach(baggage.set_baggage("gen_ai.conversation.id", "conv_7"))
    try:
        client.responses.create(model="gpt-4o-mini", input="Hello there", conversation="conv_8")
    finally:
        context.detach(token)
    assert traced.attributes()["gen_ai.conversation.id"] == "conv_8"


def test_a_call_within_the_consumption_of_a_stream_is_a_call_of_its_own(
    traced: Recorder, client: openai.OpenAI
) -> None:
    """Not an inner layer of the first one: nothing of that one is current here."""
    for number, _ in enumerate(client.chat.completions.create(**ASK, stream=True)):
        if number == 0:
            client.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert sorted(traced.tree()) == ["chat gpt-4o", "chat gpt-4o-mini"]


def test_the_first_chunk_is_timed_from_the_call_and_the_end_from_the_last_chunk(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    """What the application begins before the first chunk is sent, it begins within that time."""
    held = threading.Event()
    provider.say(Reply(text="one two", hold=held, hold_at=0))
    stream = client.chat.completions.create(**ASK, stream=True)
    with traced.tracer_provider.get_tracer("application").start_as_current_span("waiting"):
        held.set()
        next(stream)
    list(stream)
    call, waiting = traced.one("chat"), traced.one("waiting")
    assert call.start_time is not None
    assert call.end_time is not None
    assert waiting.start_time is not None
    first = (call.attributes or {})["gen_ai.response.time_to_first_chunk"]
    assert isinstance(first, float)
    assert waiting.start_time - call.start_time < first * 1e9 <= call.end_time - call.start_time
