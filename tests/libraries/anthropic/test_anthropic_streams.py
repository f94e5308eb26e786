# SPDX-License-Identifier: Apache-2.0
"""The helpers of a stream, every method of theirs, and streams that are left early: exactly one span each."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from dirty_equals import IsFloat, IsStr

from leaving import (
    abreak_within_with,
    aclose_after_one,
    break_within_with,
    close_after_one,
    close_twice,
    raise_within_with,
)
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

ASKED: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Hello there"}],
}


def whole(recorder: Recorder) -> bool:
    """Tell whether the only span is one that saw its stream to the end."""
    assert recorder.tree() == ["chat claude-haiku-4-5"]
    found = recorder.attributes()
    return found["gen_ai.response.finish_reasons"] == ["stop"] and found["gen_ai.usage.output_tokens"] == 27


def partial(recorder: Recorder, **more: Any) -> bool:
    """Tell whether the only span has what the first events told."""
    assert recorder.tree() == ["chat claude-haiku-4-5"]
    found = {key: value for key, value in recorder.attributes().items() if not key.startswith("server")}
    return found == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.stream": True,
        "gen_ai.response.id": IsStr(regex="msg_.+"),
        "gen_ai.response.model": "claude-haiku-4-5",
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 1,
        **more,
    }


# --- helpers read to the end


def iterate(stream: Any) -> None:
    assert [event.type for event in stream]


def text_stream(stream: Any) -> None:
    assert "".join(stream.text_stream).startswith("You said")


def until_done(stream: Any) -> None:
    stream.until_done()


def final_message(stream: Any) -> None:
    assert stream.get_final_message().content


def final_text(stream: Any) -> None:
    assert stream.get_final_text().startswith("You said")


def final_after_some(stream: Any) -> None:
    next(stream)
    assert stream.get_final_message().usage.output_tokens == 27


async def aiterate(stream: Any) -> None:
    assert [event.type async for event in stream]


async def atext_stream(stream: Any) -> None:
    assert "".join([text async for text in stream.text_stream]).startswith("You said")


async def auntil_done(stream: Any) -> None:
    await stream.until_done()


async def afinal_message(stream: Any) -> None:
    assert (await stream.get_final_message()).content


async def afinal_text(stream: Any) -> None:
    assert (await stream.get_final_text()).startswith("You said")


def stable(client: Any) -> Any:
    return client.messages.stream(**ASKED)


def beta(client: Any) -> Any:
    return client.beta.messages.stream(**ASKED)


@pytest.mark.parametrize(
    "read", [iterate, text_stream, until_done, final_message, final_text, final_after_some]
)
@pytest.mark.parametrize("make", [stable, beta])
def test_helpers(
    traced: Recorder, client: anthropic.Anthropic, make: Callable[[Any], Any], read: Callable[[Any], None]
) -> None:
    with make(client) as stream:
        read(stream)
    assert whole(traced)


@pytest.mark.parametrize("read", [aiterate, atext_stream, auntil_done, afinal_message, afinal_text])
@pytest.mark.parametrize("make", [stable, beta])
async def test_asynchronous_helpers(
    traced: Recorder,
    aclient: anthropic.AsyncAnthropic,
    make: Callable[[Any], Any],
    read: Callable[[Any], Awaitable[None]],
) -> None:
    async with make(aclient) as stream:
        await read(stream)
    assert whole(traced)


def test_a_helper_that_is_never_entered_asks_nothing(traced: Recorder, client: anthropic.Anthropic) -> None:
    client.messages.stream(**ASKED)
    assert traced.spans == []


def test_the_snapshot_of_a_helper_is_the_sdks_own(traced: Recorder, client: anthropic.Anthropic) -> None:
    with client.messages.stream(**ASKED) as stream:
        for _ in stream:
            pass
        assert isinstance(stream.current_message_snapshot, anthropic.types.Message)


# --- left early


def drop_after_one(stream: Any) -> None:
    next(stream)


@pytest.mark.parametrize(
    "leave", [break_within_with, raise_within_with, close_after_one, close_twice, drop_after_one]
)
def test_a_stream_that_is_left_early(
    traced: Recorder, client: anthropic.Anthropic, leave: Callable[[Any], None]
) -> None:
    leave(client.messages.create(**ASKED, stream=True))
    gc.collect()
    assert partial(traced)


def helper_break(manager: Any) -> None:
    with manager as stream:
        for _ in stream:
            break


def helper_close(manager: Any) -> None:
    with manager as stream:
        next(stream)
        stream.close()


def helper_text_break(manager: Any) -> None:
    with manager as stream:
        for _ in stream.text_stream:
            break


def helper_drop(manager: Any) -> None:
    next(manager.__enter__())


@pytest.mark.parametrize("leave", [helper_break, helper_close, helper_text_break, helper_drop])
def test_a_helper_that_is_left_early(
    traced: Recorder, client: anthropic.Anthropic, leave: Callable[[Any], None]
) -> None:
    leave(client.messages.stream(**ASKED))
    gc.collect()
    assert partial(traced)


async def adrop_after_one(stream: Any) -> None:
    await stream.__anext__()


@pytest.mark.parametrize("leave", [abreak_within_with, aclose_after_one, adrop_after_one])
async def test_an_asynchronous_stream_that_is_left_early(
    traced: Recorder,
    aclient: anthropic.AsyncAnthropic,
    settle: Callable[[], Awaitable[None]],
    leave: Callable[[Any], Awaitable[None]],
) -> None:
    await leave(await aclient.messages.create(**ASKED, stream=True))
    await settle()
    assert partial(traced)


async def test_an_asynchronous_helper_that_is_left_early(
    traced: Recorder, aclient: anthropic.AsyncAnthropic, settle: Callable[[], Awaitable[None]]
) -> None:
    async with aclient.messages.stream(**ASKED) as stream:
        async for _ in stream.text_stream:
            break
    await settle()
    assert partial(traced)


def test_a_stream_is_seen_while_the_consumer_has_no_span_current(
    traced: Recorder, client: anthropic.Anthropic
) -> None:
    from opentelemetry import trace

    for _ in client.messages.create(**ASKED, stream=True):
        assert not trace.get_current_span().get_span_context().is_valid


# --- errors on the way


def test_an_error_event_within_the_stream(traced: Recorder, client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        list(client.messages.create(**{**ASKED, "model": "odd:mid-stream-error"}, stream=True))
    found = traced.attributes()
    assert found["error.type"].startswith("anthropic.")
    assert found["gen_ai.response.finish_reasons"] == ["error"]
    assert found["gen_ai.usage.input_tokens"] == 9


def test_an_error_event_reaches_the_reader_of_a_helper(traced: Recorder, client: anthropic.Anthropic) -> None:
    with (
        pytest.raises(anthropic.APIStatusError, match="Overloaded"),
        client.messages.stream(**{**ASKED, "model": "odd:mid-stream-error"}) as stream,
    ):
        stream.until_done()
    assert traced.one().status.status_code.name == "ERROR"


def test_a_connection_that_is_cut(traced: Recorder, client: anthropic.Anthropic, provider: Provider) -> None:
    provider.say(Reply(cut_after=3))
    with pytest.raises(Exception, match=r"(?i)peer|closed|incomplete|read") as caught:
        list(client.messages.create(**ASKED, stream=True))
    kind = type(caught.value)
    assert partial(
        traced,
        **{
            "error.type": f"{kind.__module__}.{kind.__qualname__}",
            "gen_ai.response.finish_reasons": ["error"],
        },
    )


@pytest.fixture
def held(provider: Provider) -> Iterator[threading.Event]:
    """Hold the answer back after its first events until the test lets it go."""
    event = threading.Event()
    provider.say(Reply(hold=event, hold_at=3))
    yield event
    event.set()


async def test_a_cancelled_stream(
    traced: Recorder, aclient: anthropic.AsyncAnthropic, held: threading.Event
) -> None:
    arrived = asyncio.Event()

    async def read() -> None:
        async for _ in await aclient.messages.create(**ASKED, stream=True):
            arrived.set()

    task = asyncio.create_task(read())
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert partial(
        traced,
        **{"error.type": "cancelled", "gen_ai.response.finish_reasons": ["error"]},
    )


async def test_streams_read_in_turns_keep_apart(traced: Recorder, aclient: anthropic.AsyncAnthropic) -> None:
    async def read(number: int) -> str:
        asked = {**ASKED, "messages": [{"role": "user", "content": f"Say {number}"}]}
        async with aclient.messages.stream(**asked) as stream:
            return (await stream.get_final_message()).id

    ids = await asyncio.gather(*(read(number) for number in range(8)))
    assert {(span.attributes or {})["gen_ai.response.id"] for span in traced.spans} == set(ids)


def generated(stream: Any) -> AsyncIterator[str] | Any:
    for event in stream:
        yield event.type


def test_a_generator_around_a_stream_that_is_closed(traced: Recorder, client: anthropic.Anthropic) -> None:
    wrapping = generated(client.messages.create(**ASKED, stream=True))
    next(wrapping)
    wrapping.close()
    gc.collect()
    assert partial(traced)
