# SPDX-License-Identifier: Apache-2.0
"""The body of a response, observed: `response.stream` is replaced by one of the same kind that passes all on.

Nothing is made current here and nothing is done per chunk but noting the time: the consumer's code runs in between.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from spanwright.instrumentors._kernel.operation import Operation


class Body:
    """Ends the operation when the body is exhausted, closed, dropped, broken or cancelled, whichever comes first."""

    def __init__(self, inner: Any, operation: Operation) -> None:
        self._inner = inner
        self._operation = operation

    def __getattr__(self, name: str) -> Any:
        # httpx2 2.16 reads `stream.elapsed`; an attribute of our own is only missing while a copy is being made.
        if name in ("_inner", "_operation"):
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __del__(self) -> None:
        operation = self.__dict__.get("_operation")
        if operation is not None:
            ending.dropped(operation)


class SyncBody(Body):
    """The part that a `Client` uses."""

    def __iter__(self) -> Iterator[bytes]:
        operation = self._operation
        touch = operation.touch
        try:
            for chunk in self._inner:
                touch()
                yield chunk
        except GeneratorExit:
            # The iterator was left, the response is not closed yet.
            raise
        except BaseException as error:
            guard(operation.fail, error)
            raise
        guard(operation.finish)

    def close(self) -> None:
        guard(self._operation.abandon)
        self._inner.close()


class AsyncBody(Body):
    """The part that an `AsyncClient` uses."""

    def __aiter__(self) -> Chunks:
        return Chunks(self._inner.__aiter__(), self._operation)

    async def aclose(self) -> None:
        guard(self._operation.abandon)
        await self._inner.aclose()


class Chunks:
    """An asynchronous generator by interface, which closes and drops together with the one that it stands for.

    A real generator around another one would be finalised by the event loop in a task of its own, before the other.
    """

    __slots__ = ("_inner", "_operation")

    def __init__(self, inner: Any, operation: Operation) -> None:
        self._inner = inner
        self._operation = operation

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._inner.__anext__()
        except StopAsyncIteration:
            guard(self._operation.finish)
            raise
        except BaseException as error:
            guard(self._operation.fail, error)
            raise
        self._operation.touch()
        return chunk

    def asend(self, value: Any) -> Awaitable[bytes]:
        return self._inner.asend(value)

    def athrow(self, *error: Any) -> Awaitable[bytes]:
        return self._inner.athrow(*error)

    def aclose(self) -> Awaitable[None]:
        return self._inner.aclose()


def observe(response: Any, operation: Operation, module: str) -> bool:
    """Observe the body of a response; False when there is none to come."""
    sync, asynchronous, both = _classes(module)
    stream = response.stream
    is_sync, is_async = hasattr(stream, "__iter__"), hasattr(stream, "__aiter__")
    kind = both if is_sync and is_async else sync if is_sync else asynchronous if is_async else None
    if kind is None:
        return False
    response.stream = kind(stream, operation)
    operation.handed = True
    return True


@cache
def _classes(module: str) -> tuple[Any, Any, Any]:
    """Return the classes for the streams of `module`, which is imported by now: a response of it is there."""
    library: Any = sys.modules[module]
    sync, asynchronous = library.SyncByteStream, library.AsyncByteStream
    return (
        type("SyncBody", (SyncBody, sync), {}),
        type("AsyncBody", (AsyncBody, asynchronous), {}),
        type("EitherBody", (SyncBody, AsyncBody, sync, asynchronous), {}),
    )
