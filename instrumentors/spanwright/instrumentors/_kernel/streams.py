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
from spanwright.instrumentors._kernel.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Seam
    from spanwright.instrumentors._kernel.operation import Operation

    Begin = Callable[[], Operation | None]


class _Observed(StandIn):
    """What both kinds share.

    `begin` opens the operation at the first step, before which it is None. `seen` is told of each chunk in the place of
    the operation.
    """

    __slots__ = ("_begin", "_seen", "operation")

    _own = frozenset({"_inner", "_begin", "_seen", "operation"})

    def __init__(
        self,
        inner: Any,
        operation: Operation | None,
        begin: Begin | None = None,
        seen: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(inner)
        self._begin = begin
        self._seen = operation.seen if seen is None and operation is not None else seen
        self.operation = operation

    @ending.finaliser
    def __del__(self) -> None:
        operation = getattr(self, "operation", None)
        if operation is not None:
            ending.dropped(operation)

    def _started(self) -> Operation | None:
        begin, self._begin = self._begin, None
        if begin is not None:
            self.operation = operation = guard(begin)
            if operation is not None:
                self._seen = operation.seen
                operation.handed = True
        return self.operation


class Pulls(_Observed):
    """An iterator in place of a stream's own one; it ends the operation when the stream ends or is dropped."""

    __slots__ = ()

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        operation = self.operation if self._begin is None else guard(self._started)
        if operation is None:
            return next(self._inner)
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
            self._seen(chunk)  # pyright: ignore[reportOptionalCall] - there is an operation
        except Exception as mistake:
            mistaken(self._seen, mistake)
        return chunk


class AsyncPulls(_Observed):
    """The same for an asynchronous stream."""

    __slots__ = ()

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        operation = self.operation if self._begin is None else guard(self._started)
        if operation is None:
            return await self._inner.__anext__()
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
        try:
            self._seen(chunk)  # pyright: ignore[reportOptionalCall] - there is an operation
        except Exception as mistake:
            mistaken(self._seen, mistake)
        return chunk


def opening(seam: Seam, instance: Any, args: Args, kwargs: Kwargs) -> Begin:
    """Return what opens the operation of a call whose code starts later: at a first step, or on entering."""

    def begin() -> Operation | None:
        begun = seam.begin(instance, args, kwargs)
        return begun[0] if begun is not None else None

    return begin


def observed(
    iterator: Any, operation: Operation, seen: Callable[[Any], None] | None = None
) -> Pulls | AsyncPulls:
    """Return an iterator of the same kind as `iterator` that reports to the operation, its chunks to `seen` if given."""
    operation.handed = True
    kind = AsyncPulls if hasattr(iterator, "__anext__") else Pulls
    return kind(iterator, operation, None, seen)


class _Through(StandIn):
    """A framework's own iterator, each step of which runs between `enter` and `leave`; all else of it shows through.

    It stands in the place of a generator and is none: what is sent or thrown reaches the framework's generator as it
    is, and an event loop that closes the generators it knows of knows that one alone.
    """

    __slots__ = ("_enter", "_leave")

    _own = frozenset({"_inner", "_enter", "_leave"})

    def __init__(self, inner: Any, enter: Callable[[], Any], leave: Callable[[Any], None]) -> None:
        super().__init__(inner)
        self._enter = enter
        self._leave = leave

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        return partial(self._step, found) if name in _STEPS else found

    @ending.finaliser
    def __del__(self) -> None:
        """Let a generator that is dropped be closed inside as well."""
        token = guard(self._enter)
        try:
            del self._inner
        finally:
            guard(self._leave, token)

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
        token = guard(self._enter)
        try:
            return step(*args)
        finally:
            guard(self._leave, token)
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
        token = guard(self._enter)
        try:
            return await step(*args)
        finally:
            guard(self._leave, token)
            del args


_STEPS = frozenset({"send", "throw", "close", "asend", "athrow", "aclose"})


def pulled(inner: Any, enter: Callable[[], Any], leave: Callable[[Any], None]) -> Steps:
    """Return `inner` with each of its steps between `enter` and `leave`."""
    return Steps(inner, enter, leave)


def apulled(inner: Any, enter: Callable[[], Any], leave: Callable[[Any], None]) -> AsyncSteps:
    """Return the asynchronous form of `pulled`."""
    return AsyncSteps(inner, enter, leave)
