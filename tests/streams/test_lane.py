# SPDX-License-Identifier: Apache-2.0
"""The exits that a consumer has, for the streams of whatever client this lane is of, on the transports of the bench."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import sys
from contextlib import aclosing, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from present import LANE
from spanwright.instrumentors._kernel import ending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from harness import Recorder

_BENCH = Path(__file__).parents[2] / "bench"
_LIBRARY, _, _END = LANE.rpartition("-")
# What is installed for development has OpenAI's SDK; a client joins by its module in the bench.
_NAME = _LIBRARY or "openai"
INFERENCES = ("chat", "text_completion", "generate_content")

# Clients that are dropped with their streams leave their connections to the collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(
        _END not in ("", "newest") or not (_BENCH / "clients" / f"{_NAME}.py").is_file(),
        reason="the bench asks the newest version of clients alone",
    ),
]


@pytest.fixture(scope="module")
def module() -> Any:
    sys.path.append(str(_BENCH))
    return importlib.import_module(f"clients.{_NAME}")


@pytest.fixture
def streams(module: Any, recorder: Recorder) -> list[Callable[[], Any]]:
    recorder.instrument(module.INSTRUMENTOR())
    return [case.stream for case in module.cases() if case.stream is not None]


@pytest.fixture
def astreams(module: Any, recorder: Recorder) -> list[Callable[[], Awaitable[Any]]]:
    recorder.instrument(module.INSTRUMENTOR())
    return [case.astream for case in module.cases() if case.astream is not None]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No context fails to detach, and nothing of ours fails."""
    with caplog.at_level(logging.WARNING):
        yield
    watched = ("opentelemetry", "spanwright")
    assert [each.getMessage() for each in caplog.get_records("call") if each.name.startswith(watched)] == []


def exhaust(stream: Any) -> None:
    assert sum(1 for _ in stream)


def break_and_drop(stream: Any) -> None:
    for _ in stream:
        break


def close(stream: Any) -> None:
    break_and_drop(stream)
    if hasattr(stream, "close"):
        stream.close()


def leave_with(stream: Any) -> None:
    with _closable(stream) as entered:
        break_and_drop(entered)


def fail(stream: Any) -> None:
    with suppress(LookupError), _closable(stream) as entered:
        for _ in entered:
            raise LookupError


def drop_unread(stream: Any) -> None:
    del stream


async def aexhaust(stream: Any) -> None:
    assert sum([1 async for _ in stream])


async def abreak_and_drop(stream: Any) -> None:
    async for _ in stream:
        break


async def aleave_with(stream: Any) -> None:
    async with _aclosable(stream) as entered:
        await abreak_and_drop(entered)


async def afail(stream: Any) -> None:
    with suppress(LookupError):
        async with _aclosable(stream) as entered:
            async for _ in entered:
                raise LookupError


async def acancel(stream: Any) -> None:
    async def read() -> None:
        async for _ in stream:
            asyncio.current_task().cancel()  # type: ignore[union-attr] - it runs in one
            await asyncio.sleep(0)

    with suppress(asyncio.CancelledError):
        await asyncio.ensure_future(read())


async def adrop_unread(stream: Any) -> None:
    del stream


class _Bare:
    """A context manager around what cannot be closed: it is dropped."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __enter__(self) -> Any:
        return self._stream

    def __exit__(self, *_: object) -> None:
        del self._stream

    async def __aenter__(self) -> Any:
        return self._stream

    async def __aexit__(self, *_: object) -> None:
        del self._stream


def _closable(stream: Any) -> Any:
    if hasattr(stream, "__exit__"):
        return stream
    return closing(stream) if hasattr(stream, "close") else _Bare(stream)


def _aclosable(stream: Any) -> Any:
    if hasattr(stream, "__aexit__"):
        return stream
    return aclosing(stream) if hasattr(stream, "aclose") else _Bare(stream)


def told(recorder: Recorder, asked: int, *, read: bool) -> None:
    """Each call is one span and one point, without an error; one that was never read may not have been sent at all."""
    gc.collect()
    ending.settle(5)
    found = [
        span for span in recorder.spans if (span.attributes or {}).get("gen_ai.operation.name") in INFERENCES
    ]
    assert len(found) == asked or (len(found) < asked and not read)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(found)
    assert not ending._open
    for span in found:
        assert "error.type" not in (span.attributes or {})


@pytest.mark.parametrize("leave", [exhaust, break_and_drop, close, leave_with, fail, drop_unread])
def test_however_a_stream_is_left_its_call_is_told_of_once(
    streams: list[Callable[[], Any]], recorder: Recorder, leave: Callable[[Any], None]
) -> None:
    for asked, ask in enumerate(streams, 1):
        leave(ask())
        told(recorder, asked, read=leave is not drop_unread)


@pytest.mark.parametrize("leave", [aexhaust, abreak_and_drop, aleave_with, afail, acancel, adrop_unread])
async def test_however_an_asynchronous_stream_is_left_its_call_is_told_of_once(
    astreams: list[Callable[[], Awaitable[Any]]],
    recorder: Recorder,
    leave: Callable[[Any], Awaitable[None]],
) -> None:
    for asked, ask in enumerate(astreams, 1):
        await leave(await ask())
        for _ in range(5):
            gc.collect()
            await asyncio.sleep(0)
        await asyncio.get_running_loop().shutdown_asyncgens()
        told(recorder, asked, read=leave is not adrop_unread)
