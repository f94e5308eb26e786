# SPDX-License-Identifier: Apache-2.0
"""A library's own generator, observed: what stands in its place looks like it and passes everything on.

A generator function runs nothing until the first step, so its operation starts there: one that is never started is
no call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard, mistaken
from spanwright.instrumentors._kernel.streams import AsyncPulls, Pulls

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.streams import Begin


class Generated(Pulls):
    """A generator, or any other iterator."""

    __slots__ = ()

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
        operation = self.operation if self._begin is None else guard(self._started)
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
            self._seen(chunk)  # pyright: ignore[reportOptionalCall] - there is an operation
        except Exception as mistake:
            mistaken(self._seen, mistake)
        return chunk


class AsyncGenerated(AsyncPulls):
    """An asynchronous generator, or any other asynchronous iterator."""

    __slots__ = ()

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
        operation = self.operation if self._begin is None else guard(self._started)
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
            self._seen(chunk)  # pyright: ignore[reportOptionalCall] - there is an operation
        except Exception as mistake:
            mistaken(self._seen, mistake)
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
