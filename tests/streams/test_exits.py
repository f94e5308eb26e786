# SPDX-License-Identifier: Apache-2.0
"""The table of exits: whichever way a stream is left, by whichever library, its call is one span that tells what came."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from contextlib import aclosing, closing, suppress
from time import time_ns
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors._kernel import ending
from streams.speakers import KINDS, ODD, SPEAKERS, WIRES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from opentelemetry.sdk.trace import ReadableSpan

    from harness import Recorder
    from streams.speakers import Speaker

# Clients that are dropped with their streams leave their connections to the collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"),
]
INFERENCES = ("chat", "text_completion", "generate_content")
WORDS = "one two three four five six"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(wires=WIRES) as running:
        yield running


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with every library instrumented, content on spans."""
    recorder.instrument(
        *(kind() for kind in KINDS), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    return recorder


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No context fails to detach, and nothing of ours fails."""
    with caplog.at_level(logging.WARNING):
        yield
    watched = ("opentelemetry", "spanwright")
    assert [each.getMessage() for each in caplog.get_records("call") if each.name.startswith(watched)] == []


@pytest.fixture(params=SPEAKERS, ids=str)
def speaker(request: pytest.FixtureRequest) -> Speaker:
    return request.param


def inference(recorder: Recorder, provider: Provider) -> ReadableSpan | None:
    """Return the one span of the one request; None where none was sent, and so there is no call to tell of."""
    gc.collect()
    found = [
        span for span in recorder.spans if (span.attributes or {}).get("gen_ai.operation.name") in INFERENCES
    ]
    assert len(found) == len(provider.requests) <= 1
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(found)
    return found[0] if found else None


def text(chunk: Any) -> str:
    """Return whether a chunk has words, whatever it is: the answer's are English numbers."""
    return next(
        (word for word in WORDS.split() if f"'{word}" in repr(chunk) or f'"{word}' in repr(chunk)), ""
    )


def some(stream: Any) -> int:
    """Pull until there are words, and return when that was."""
    for chunk in stream:
        if text(chunk):
            break
    return time_ns()


async def asome(stream: Any) -> int:
    async for chunk in stream:
        if text(chunk):
            break
    return time_ns()


def _with(stream: Any) -> Any:
    return stream if hasattr(stream, "__exit__") else closing(stream)


def _awith(stream: Any) -> Any:
    if hasattr(stream, "__aexit__"):
        return stream
    return aclosing(stream)


# --- the ways; each returns when the last event was


def close(stream: Any) -> int:
    last = some(stream)
    stream.close()
    return last


def leave_with(stream: Any) -> int:
    with _with(stream):
        return some(stream)


def break_and_drop(stream: Any) -> int:
    return some(stream)


def fail(stream: Any) -> int:
    with suppress(LookupError), _with(stream):
        last = some(stream)
        raise LookupError
    return last


def close_unread(stream: Any) -> int:
    last = time_ns()
    stream.close()
    return last


def drop_unread(stream: Any) -> int:
    del stream
    return time_ns()


async def aclose(stream: Any) -> int:
    last = await asome(stream)
    await (stream.close() if hasattr(stream, "close") else stream.aclose())
    return last


async def aleave_with(stream: Any) -> int:
    async with _awith(stream):
        return await asome(stream)


async def abreak_and_drop(stream: Any) -> int:
    return await asome(stream)


async def afail(stream: Any) -> int:
    with suppress(LookupError):
        async with _awith(stream):
            last = await asome(stream)
            raise LookupError
    return last


async def aclose_unread(stream: Any) -> int:
    last = time_ns()
    await (stream.close() if hasattr(stream, "close") else stream.aclose())
    return last


async def adrop_unread(stream: Any) -> int:
    del stream
    return time_ns()


READ = [close, leave_with, break_and_drop, fail]
AREAD = [aclose, aleave_with, abreak_and_drop, afail]
UNREAD = [close_unread, drop_unread]
AUNREAD = [aclose_unread, adrop_unread]


async def _settled() -> None:
    """Let the loop close what was dropped."""
    for _ in range(5):
        gc.collect()
        await asyncio.sleep(0)
    await asyncio.get_running_loop().shutdown_asyncgens()


async def _ended(speaker: Speaker) -> None:
    """Let what reads beside its consumer be cancelled."""
    while speaker.ahead and ending._open:
        await asyncio.sleep(0)


def _whole(span: ReadableSpan) -> None:
    found = span.attributes or {}
    assert found["gen_ai.response.finish_reasons"] == ("stop",)
    assert found["gen_ai.usage.input_tokens"] > 0
    assert found["gen_ai.usage.output_tokens"] > 0
    assert WORDS in found["gen_ai.output.messages"]
    assert "error.type" not in found
    assert span.status.is_unset


def _left(span: ReadableSpan, last: int | None) -> None:
    assert "error.type" not in (span.attributes or {})
    assert span.status.is_unset
    assert last is None or span.end_time <= last


def _failed(span: ReadableSpan, *kinds: str) -> None:
    found = span.attributes or {}
    assert found["error.type"] in kinds
    assert not span.status.is_ok
    assert not span.status.is_unset
    assert "one" in found["gen_ai.output.messages"]


def test_a_stream_read_to_its_end_tells_everything(
    speaker: Speaker, shown: Recorder, provider: Provider
) -> None:
    provider.say(Reply(text=WORDS))
    assert list(speaker.ask(provider))
    _whole(inference(shown, provider))


async def test_an_asynchronous_stream_read_to_its_end_tells_everything(
    speaker: Speaker, shown: Recorder, provider: Provider
) -> None:
    provider.say(Reply(text=WORDS))
    assert [chunk async for chunk in await speaker.aask(provider)]
    _whole(inference(shown, provider))


@pytest.mark.parametrize("leave", READ)
def test_a_stream_that_is_left_tells_what_came_and_ends_with_it(
    speaker: Speaker, leave: Callable[[Any], int], shown: Recorder, provider: Provider
) -> None:
    provider.say(Reply(text=WORDS))
    last = leave(speaker.ask(provider))
    span = inference(shown, provider)
    _left(span, None if speaker.ahead else last)
    assert "one" in span.attributes["gen_ai.output.messages"]


@pytest.mark.parametrize("leave", AREAD)
async def test_an_asynchronous_stream_that_is_left_tells_what_came_and_ends_with_it(
    speaker: Speaker, leave: Callable[[Any], Awaitable[int]], shown: Recorder, provider: Provider
) -> None:
    provider.say(Reply(text=WORDS))
    last = await leave(await speaker.aask(provider))
    await _settled()
    await _ended(speaker)
    span = inference(shown, provider)
    if speaker.ahead:
        # It cancels what it runs beside its consumer, and says so.
        assert (span.attributes or {}).get("error.type") in (None, "cancelled")
        return
    _left(span, last)
    assert "one" in span.attributes["gen_ai.output.messages"]


@pytest.mark.parametrize("leave", UNREAD)
def test_a_stream_that_is_never_read_is_a_call_if_it_was_sent(
    speaker: Speaker, leave: Callable[[Any], int], shown: Recorder, provider: Provider
) -> None:
    last = leave(speaker.ask(provider))
    if (span := inference(shown, provider)) is not None:
        _left(span, None if speaker.ahead else last)


@pytest.mark.parametrize("leave", AUNREAD)
async def test_an_asynchronous_stream_that_is_never_read_is_a_call_if_it_was_sent(
    speaker: Speaker, leave: Callable[[Any], Awaitable[int]], shown: Recorder, provider: Provider
) -> None:
    last = await leave(await speaker.aask(provider))
    await _settled()
    if (span := inference(shown, provider)) is not None:
        _left(span, None if speaker.ahead else last)


def _breaks(speaker: Speaker, provider: Provider, exit_: str) -> dict[str, str]:
    """Prepare a provider that fails within the stream, and return how to ask for it."""
    if exit_ == "cut":
        provider.say(Reply(text=WORDS, cut_after=speaker.some))
        return {}
    if speaker.failing is None:
        provider.say(Reply(text=WORDS))
        return {"model": ODD}
    provider.say(speaker.failing)
    return {}


def _kind(error: BaseException) -> set[str]:
    """Return what `error.type` may be: the class of what was raised, or of what caused it."""
    kinds = set()
    found: BaseException | None = error
    while found is not None:
        kinds |= {f"{type(found).__module__}.{type(found).__qualname__}", str(getattr(found, "code", ""))}
        found = found.__cause__ or found.__context__
    return kinds


@pytest.mark.parametrize("exit_", ["error", "cut"])
def test_a_stream_that_breaks_is_an_error_and_tells_what_came(
    speaker: Speaker, exit_: str, shown: Recorder, provider: Provider
) -> None:
    told = _breaks(speaker, provider, exit_)
    kinds = {"server_error"}
    try:
        list(speaker.ask(provider, **told))
    # Some hand the provider's error over as one more event, whose code it is then.
    except Exception as error:
        kinds = _kind(error)
    _failed(inference(shown, provider), *kinds)


@pytest.mark.parametrize("exit_", ["error", "cut"])
async def test_an_asynchronous_stream_that_breaks_is_an_error_and_tells_what_came(
    speaker: Speaker, exit_: str, shown: Recorder, provider: Provider
) -> None:
    told = _breaks(speaker, provider, exit_)
    kinds = {"server_error"}
    try:
        [chunk async for chunk in await speaker.aask(provider, **told)]
    except Exception as error:
        kinds = _kind(error)
    _failed(inference(shown, provider), *kinds)


async def _cancelled(reading: Any, first: asyncio.Event) -> None:
    task = asyncio.create_task(reading)
    await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _wait_for(reading: Any, first: asyncio.Event) -> None:
    """Time runs out once the first words are there, however slow the machine is."""

    async def both() -> None:
        task = asyncio.ensure_future(reading)
        await first.wait()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(task, 0.01)

    await both()


async def _fail_after(reading: Any, first: asyncio.Event) -> None:

    async def run_out(scope: anyio.CancelScope) -> None:
        await first.wait()
        scope.deadline = anyio.current_time()

    with pytest.raises(TimeoutError):
        with anyio.fail_after(None) as scope:
            waiting = asyncio.ensure_future(run_out(scope))
            await reading
    await waiting


@pytest.mark.parametrize("end", [_cancelled, _wait_for, _fail_after])
async def test_a_stream_that_is_cancelled_or_times_out_is_cancelled_and_tells_what_came(
    speaker: Speaker, end: Callable[..., Awaitable[None]], shown: Recorder, provider: Provider
) -> None:
    held, first = threading.Event(), asyncio.Event()
    provider.say(Reply(text=WORDS, hold=held, hold_at=speaker.some))

    async def read() -> None:
        async for chunk in await speaker.aask(provider):
            if text(chunk):
                first.set()

    try:
        await end(read(), first)
    finally:
        held.set()
    await _ended(speaker)
    span = inference(shown, provider)
    _failed(span, "cancelled")
