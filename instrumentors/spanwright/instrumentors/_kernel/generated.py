# SPDX-License-Identifier: Apache-2.0
"""A library's own generator, observed: what stands in its place looks like it and passes everything on.

A generator function runs nothing until the first step, so its operation starts there: one that is never started is
no call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.guard import guard, mistaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.operation import Operation

    Begin = Callable[[], Operation | None]

_OWN = frozenset({"_begin", "_inner", "operation"})


class _Observed:
    """What both kinds share. `operation` is None before the first step of a generator function."""

    __slots__ = ("__weakref__", "_begin", "_inner", "operation")

    def __init__(self, inner: Any, operation: Operation | None, begin: Begin | None = None) -> None:
        self._inner = inner
        self._begin = begin
        self.operation = operation

    @property
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - what `isinstance` asks
        return self._inner.__class__

    def __repr__(self) -> str:
        return repr(self._inner)

    def __getattr__(self, name: str) -> Any:
        if name in _OWN:
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __del__(self) -> None:
        operation = getattr(self, "operation", None)
        if operation is not None:
            ending.dropped(operation)

    def _started(self) -> Operation | None:
        begin, self._begin = self._begin, None
        if begin is not None:
            self.operation = operation = guard(begin)
            if operation is not None:
                operation.handed = True
        return self.operation


class Generated(_Observed):
    """A generator, or any other iterator."""

    __slots__ = ()

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        """Do what `_step` does, without its calls: this is the way that every chunk takes."""
        operation = self.operation if self._begin is None else self._started()
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
        try:
            operation.seen(chunk)
        except Exception as mistake:
            mistaken(operation.seen, mistake)
        return chunk

    def send(self, value: Any) -> Any:
        """Pass on; what comes back is a chunk."""
        return self._step(self._inner.send, value)

    def throw(self, *error: Any) -> Any:
        """Pass on; what comes back is a chunk."""
        return self._step(self._inner.throw, *error)

    def close(self) -> None:
        """Close and end the operation: it is left early, which is no error."""
        operation = self.operation
        tokens = current.enter(operation.context) if operation is not None else None
        try:
            self._inner.close()
        except BaseException as error:
            current.leave(tokens)
            if operation is not None:
                guard(operation.fail, error)
            raise
        current.leave(tokens)
        if operation is not None:
            guard(operation.abandon)

    def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        operation = self.operation if self._begin is None else self._started()
        if operation is None:
            return step(*args)
        tokens = current.enter(operation.context)
        try:
            chunk = step(*args)
        except StopIteration:
            current.leave(tokens)
            guard(operation.finish)
            raise
        except BaseException as error:
            current.leave(tokens)
            guard(operation.fail, error)
            raise
        finally:
            # An error that is thrown in would hold its own traceback through this frame.
            del args
        current.leave(tokens)
        try:
            operation.seen(chunk)
        except Exception as mistake:
            mistaken(operation.seen, mistake)
        return chunk


class AsyncGenerated(_Observed):
    """An asynchronous generator, or any other asynchronous iterator."""

    __slots__ = ()

    def __aiter__(self) -> Any:
        return self

    def __anext__(self) -> Any:
        return self._step(self._inner.__anext__)

    def asend(self, value: Any) -> Any:
        """Pass on; what comes back is a chunk."""
        return self._step(self._inner.asend, value)

    def athrow(self, *error: Any) -> Any:
        """Pass on; what comes back is a chunk."""
        return self._step(self._inner.athrow, *error)

    async def aclose(self) -> None:
        """Close and end the operation: it is left early, which is no error."""
        operation = self.operation
        tokens = current.enter(operation.context) if operation is not None else None
        try:
            await self._inner.aclose()
        except BaseException as error:
            current.leave(tokens)
            if operation is not None:
                guard(operation.fail, error)
            raise
        current.leave(tokens)
        if operation is not None:
            guard(operation.abandon)

    async def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        operation = self.operation if self._begin is None else self._started()
        if operation is None:
            return await step(*args)
        tokens = current.enter(operation.context)
        try:
            chunk = await step(*args)
        except StopAsyncIteration:
            current.leave(tokens)
            guard(operation.finish)
            raise
        except BaseException as error:
            current.leave(tokens)
            guard(operation.fail, error)
            raise
        finally:
            del args
        current.leave(tokens)
        try:
            operation.seen(chunk)
        except Exception as mistake:
            mistaken(operation.seen, mistake)
        return chunk


def generated(
    inner: Any, operation: Operation | None, begin: Begin | None = None
) -> Generated | AsyncGenerated:
    """Return what stands in the place of the iterator `inner`; `begin` opens the operation at the first step."""
    if operation is not None:
        operation.handed = True
    kind = AsyncGenerated if _is_asynchronous(inner) else Generated
    return kind(inner, operation, begin)


def _is_asynchronous(iterator: Any) -> bool:
    return hasattr(iterator, "__anext__")
