# SPDX-License-Identifier: Apache-2.0
"""The body of a response, observed: `response.stream` is replaced by one of the same kind that passes all on.

Nothing is made current here and nothing is done per chunk but noting the time: the consumer runs in between.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from time import time_ns
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.guard import guard, instead, mistaken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from spanwright.instrumentors._kernel.operation import Operation


class Body:
    """Ends the operation at the first of all ends: the body is exhausted, left, broken or dropped. To be guarded.

    The operation is let go then: a response waits for the garbage collector (its stream holds it), and what a
    span holds need not wait with it. All else is asked of the library's stream: httpx2 2.16 reads `elapsed`.
    """

    _inner: Any = None
    _operation: Operation | None = None

    def __init__(self, inner: Any, operation: Operation) -> None:
        self._inner = inner
        self._operation = operation

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def toucher(self) -> Callable[[], object]:
        """Return what notes the time of a chunk."""
        return self._operation.touch if self._operation is not None else time_ns

    def exhausted(self) -> None:
        """End in success."""
        operation, self._operation = self._operation, None
        if operation is not None:
            operation.finish()

    def left(self) -> None:
        """End at the last chunk that was taken: the response was closed early, which is no error."""
        operation, self._operation = self._operation, None
        if operation is not None:
            operation.abandon()

    def broken(self, error: BaseException) -> None:
        """End with the error that a pull has raised."""
        operation, self._operation = self._operation, None
        if operation is not None:
            operation.fail(error)

    @ending.finaliser
    def __del__(self) -> None:
        if self._operation is not None:
            ending.dropped(self._operation)


class SyncBody(Body):
    """The part that a `Client` uses."""

    def __iter__(self) -> Iterator[bytes]:
        touch = guard(self.toucher) or time_ns
        try:
            for chunk in self._inner:
                try:
                    touch()
                except Exception as mistake:
                    mistaken(touch, mistake)
                yield chunk
        except GeneratorExit:
            # The iterator was left; the response is not closed yet.
            raise
        except BaseException as error:
            guard(self.broken, error)
            raise
        guard(self.exhausted)

    def close(self) -> None:
        """End the attempt and close."""
        guard(self.left)
        self._inner.close()


class AsyncBody(Body):
    """The part that an `AsyncClient` uses."""

    def __aiter__(self) -> Any:
        return instead(self._inner.__aiter__(), Chunks, self)

    async def aclose(self) -> None:
        """End the attempt and close."""
        guard(self.left)
        await self._inner.aclose()


class Chunks:
    """An asynchronous generator by interface, closed and dropped together with the one that it stands for.

    A real one around that one would be finalised by the event loop in a task of its own, before the other.
    """

    __slots__ = ("_body", "_inner", "_touch")

    def __init__(self, inner: Any, body: AsyncBody) -> None:
        self._inner = inner
        self._body = body
        self._touch = body.toucher()

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._inner.__anext__()
        except StopAsyncIteration:
            guard(self._body.exhausted)
            raise
        except BaseException as error:
            guard(self._body.broken, error)
            raise
        try:
            self._touch()
        except Exception as mistake:
            mistaken(self._touch, mistake)
        return chunk

    def asend(self, value: Any) -> Awaitable[bytes]:
        """Pass on."""
        return self._inner.asend(value)

    def athrow(self, *error: Any) -> Awaitable[bytes]:
        """Pass on."""
        return self._inner.athrow(*error)

    def aclose(self) -> Awaitable[None]:
        """Pass on."""
        return self._inner.aclose()


def observe(response: Any, operation: Operation, module: str) -> bool:
    """Observe the body of a response; False when its stream is of no known kind."""
    stream: object = response.stream
    kind = _class(module, type(stream))
    if kind is None:
        return False
    response.stream = kind(stream, operation)
    return True


@lru_cache(maxsize=64)
def _class(module: str, stream: type) -> Any:
    """Return the class that stands for such a stream: `isinstance` is how the library tells them apart.

    The module is imported by now, since a response of it is there.
    """
    library: Any = sys.modules[module]
    sync, asynchronous = hasattr(stream, "__iter__"), hasattr(stream, "__aiter__")
    if sync and asynchronous:
        return type("EitherBody", (SyncBody, AsyncBody, library.SyncByteStream, library.AsyncByteStream), {})
    if sync:
        return type("SyncBody", (SyncBody, library.SyncByteStream), {})
    return type("AsyncBody", (AsyncBody, library.AsyncByteStream), {}) if asynchronous else None
