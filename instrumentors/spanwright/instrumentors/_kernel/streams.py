# SPDX-License-Identifier: Apache-2.0
"""The library's own stream, observed: its iterator is replaced by one that sees each chunk and every way to end.

The consumer keeps the library's own object. The operation's span is current while the library pulls a chunk, never
while the consumer has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator

    from spanwright.instrumentors._kernel.operation import Operation


class Pulls:
    """An iterator in place of a stream's own one; it ends the operation when the stream ends or is dropped."""

    __slots__ = ("__weakref__", "_inner", "operation")

    def __init__(self, inner: Iterator[Any], operation: Operation) -> None:
        self._inner = inner
        self.operation = operation

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        operation = self.operation
        tokens = current.enter(operation.context)
        try:
            chunk = next(self._inner)
        except StopIteration:
            current.leave(tokens)
            guard(operation.finish)
            raise
        except BaseException as error:
            current.leave(tokens)
            guard(operation.fail, error)
            raise
        current.leave(tokens)
        guard(operation.seen, chunk)
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __del__(self) -> None:
        ending.dropped(self.operation)


class AsyncPulls:
    """The same for an asynchronous stream."""

    __slots__ = ("__weakref__", "_inner", "operation")

    def __init__(self, inner: AsyncIterator[Any], operation: Operation) -> None:
        self._inner = inner
        self.operation = operation

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        operation = self.operation
        tokens = current.enter(operation.context)
        try:
            chunk = await self._inner.__anext__()
        except StopAsyncIteration:
            current.leave(tokens)
            guard(operation.finish)
            raise
        except BaseException as error:
            current.leave(tokens)
            guard(operation.fail, error)
            raise
        current.leave(tokens)
        guard(operation.seen, chunk)
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __del__(self) -> None:
        ending.dropped(self.operation)


def observed(iterator: Any, operation: Operation) -> Pulls | AsyncPulls:
    """Return an iterator of the same kind as `iterator` that reports to the operation."""
    operation.handed = True
    return AsyncPulls(iterator, operation) if hasattr(iterator, "__anext__") else Pulls(iterator, operation)


def pulled(inner: Any, enter: Callable[[], Any], leave: Callable[[Any], None]) -> Generator[Any, Any, Any]:
    """Return a generator that runs each step of `inner` between `enter` and `leave`.

    Whatever is sent or thrown into it, `GeneratorExit` among it, reaches `inner` and is answered by that alone.
    """
    step: Callable[..., Any] = next
    args: tuple[Any, ...] = (inner,)
    while True:
        token = enter()
        try:
            chunk = step(*args)
        except StopIteration as end:
            return end.value
        finally:
            leave(token)
            # An error that is thrown in would hold its own traceback through this frame.
            args = ()
        try:
            sent = yield chunk
        except BaseException as error:
            if not hasattr(inner, "throw"):
                if isinstance(error, GeneratorExit) and hasattr(inner, "close"):
                    token = enter()
                    try:
                        inner.close()
                    finally:
                        leave(token)
                raise
            step, args = inner.throw, (error,)
        else:
            step, args = (next, (inner,)) if sent is None else (inner.send, (sent,))


async def apulled(
    inner: Any, enter: Callable[[], Any], leave: Callable[[Any], None]
) -> AsyncGenerator[Any, Any]:
    """Return the asynchronous form of `pulled`."""
    step: Callable[..., Any] = inner.__anext__
    args: tuple[Any, ...] = ()
    while True:
        token = enter()
        try:
            chunk = await step(*args)
        except StopAsyncIteration:
            return
        finally:
            leave(token)
            args = ()
        try:
            sent = yield chunk
        except BaseException as error:
            if not hasattr(inner, "athrow"):
                if isinstance(error, GeneratorExit) and hasattr(inner, "aclose"):
                    token = enter()
                    try:
                        await inner.aclose()
                    finally:
                        leave(token)
                raise
            step, args = inner.athrow, (error,)
        else:
            step, args = (inner.__anext__, ()) if sent is None else (inner.asend, (sent,))
