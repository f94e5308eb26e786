# SPDX-License-Identifier: Apache-2.0
"""The ways in which applications leave a stream or a task before its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import threading
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator


def generated(stream: Any) -> Iterator[Any]:
    """Wrap a stream as applications do."""
    yield from stream


async def agenerated(stream: Any) -> AsyncIterator[Any]:
    """Wrap an asynchronous stream as applications do."""
    async for chunk in stream:
        yield chunk


def break_within_with(stream: Any) -> None:
    with stream:
        for _ in stream:
            break


def raise_within_with(stream: Any) -> None:
    with pytest.raises(LookupError), stream:
        next(stream)
        raise LookupError


def close_after_one(stream: Any) -> None:
    next(stream)
    stream.close()


def close_twice(stream: Any) -> None:
    next(stream)
    stream.close()
    stream.close()


def break_and_drop(stream: Any) -> None:
    for _ in stream:
        break


def close_the_wrapping_generator(stream: Any) -> None:
    """GeneratorExit arrives in the wrapping generator, which holds the stream."""
    wrapping = generated(stream)
    next(wrapping)
    wrapping.close()


def drop_the_wrapping_generator(stream: Any) -> None:
    wrapping = generated(stream)
    next(wrapping)


def drop_in_a_cycle(stream: Any) -> None:
    next(stream)
    held: list[Any] = [stream]
    held.append(held)


def close_unread(stream: Any) -> None:
    stream.close()


def leave_unread(stream: Any) -> None:
    with stream:
        pass


def drop_unread(stream: Any) -> None:
    del stream


async def abreak_within_with(stream: Any) -> None:
    async with stream:
        async for _ in stream:
            break


async def aclose_after_one(stream: Any) -> None:
    await stream.__anext__()
    await stream.close()


async def abreak_and_drop(stream: Any) -> None:
    async for _ in stream:
        break


async def aclose_the_wrapping_generator(stream: Any) -> None:
    wrapping = agenerated(stream)
    await wrapping.__anext__()
    await wrapping.aclose()


async def adrop_unread(stream: Any) -> None:
    del stream


def waiting() -> tuple[Callable[[], Awaitable[str]], asyncio.Event]:
    """Return a tool of an agent that waits for ever, and what is set when it has begun to."""
    begun = asyncio.Event()

    async def slow() -> str:
        """Wait."""
        begun.set()
        await asyncio.Event().wait()
        return "never"

    return slow, begun


async def cancel(task: asyncio.Task[Any] | asyncio.Future[Any], held: threading.Event) -> None:
    """Cancel a task that waits for the provider, see that it ends so, and let the provider go on."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.set()
