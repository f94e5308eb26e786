# SPDX-License-Identifier: Apache-2.0
"""The library's own stream, observed: its iterator is replaced by one that sees each chunk and every way to end.

The consumer keeps the library's own object. The operation's span is current while the library pulls a chunk, never
while the consumer has it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.guard import guard, mistaken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

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
        # Every chunk passes here: ours runs in a `try` of its own instead of in `guard`, which would be a call more.
        try:
            operation.seen(chunk)
        except Exception as mistake:
            mistaken(operation.seen, mistake)
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
        # Every chunk passes here: ours runs in a `try` of its own instead of in `guard`, which would be a call more.
        try:
            operation.seen(chunk)
        except Exception as mistake:
            mistaken(operation.seen, mistake)
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __del__(self) -> None:
        ending.dropped(self.operation)


def observed(iterator: Any, operation: Operation) -> Pulls | AsyncPulls:
    """Return an iterator of the same kind as `iterator` that reports to the operation."""
    operation.handed = True
    return AsyncPulls(iterator, operation) if hasattr(iterator, "__anext__") else Pulls(iterator, operation)


class _Through:
    """A framework's own iterator, each step of which runs between `enter` and `leave`; all else of it shows through.

    It stands in the place of a generator and is none: what is sent or thrown reaches the framework's generator as it
    is, and an event loop that closes the generators it knows of knows that one alone.
    """

    __slots__ = ("__weakref__", "_enter", "_inner", "_leave")

    def __init__(self, inner: Any, enter: Callable[[], Any], leave: Callable[[Any], None]) -> None:
        self._inner = inner
        self._enter = enter
        self._leave = leave

    @property
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - what `isinstance` asks
        return self._inner.__class__

    def __repr__(self) -> str:
        return repr(self._inner)

    def __getattr__(self, name: str) -> Any:
        if name in _Through.__slots__:
            raise AttributeError(name)
        found = getattr(self._inner, name)
        return partial(self._step, found) if name in _STEPS else found

    def __del__(self) -> None:
        """Let a generator that is dropped be closed inside as well."""
        token = self._enter()
        try:
            del self._inner
        finally:
            self._leave(token)

    def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        raise NotImplementedError


class Steps(_Through):
    """A synchronous one."""

    __slots__ = ()

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self._step(self._inner.__next__)

    def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        token = self._enter()
        try:
            return step(*args)
        finally:
            self._leave(token)
            # An error that is thrown in would hold its own traceback through this frame.
            del args


class AsyncSteps(_Through):
    """An asynchronous one."""

    __slots__ = ()

    def __aiter__(self) -> Any:
        return self

    def __anext__(self) -> Any:
        return self._step(self._inner.__anext__)

    async def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        token = self._enter()
        try:
            return await step(*args)
        finally:
            self._leave(token)
            del args


_STEPS = frozenset({"send", "throw", "close", "asend", "athrow", "aclose"})


def pulled(inner: Any, enter: Callable[[], Any], leave: Callable[[Any], None]) -> Steps:
    """Return `inner` with each of its steps between `enter` and `leave`."""
    return Steps(inner, enter, leave)


def apulled(inner: Any, enter: Callable[[], Any], leave: Callable[[Any], None]) -> AsyncSteps:
    """Return the asynchronous form of `pulled`."""
    return AsyncSteps(inner, enter, leave)
