# SPDX-License-Identifier: Apache-2.0
"""A library's own context manager that gives a stream, observed: its operation lasts until it is left.

Nothing runs before such a manager is entered, so the operation starts there: one that is never entered is no call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.standin import StandIn
from spanwright.instrumentors._kernel.streams import opening

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Seam, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.streams import Begin

    Hand = Callable[[Operation, Any], None]


def managed(seam: Seam, hand: Hand) -> Wrapper:
    """Return a wrapper for a function that returns a context manager.

    `hand` is given the operation and what the manager gave on entering, and puts the observed stream into its place.
    """

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        return instead(wrapped(*args, **kwargs), _observed, seam, hand, instance, args, kwargs)

    return wrapper


def _observed(inner: object, seam: Seam, hand: Hand, instance: Any, args: Args, kwargs: Kwargs) -> _Observed:
    kind = AsyncManaged if hasattr(type(inner), "__aenter__") else Managed
    return kind(inner, opening(seam, instance, args, kwargs), hand)


class _Observed(StandIn):
    """What both kinds share. `operation` is None before the manager is entered."""

    __slots__ = ("_begin", "_hand", "operation")

    _own = frozenset({"_inner", "_begin", "_hand", "operation"})

    def __init__(self, inner: Any, begin: Begin, hand: Hand) -> None:
        super().__init__(inner)
        self._begin = begin
        self._hand = hand
        self.operation: Operation | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Pass on: the managers of the standard library are decorators as well."""
        return self._inner(*args, **kwargs)

    @ending.finaliser
    def __del__(self) -> None:
        operation = getattr(self, "operation", None)
        if operation is not None:
            ending.dropped(operation)

    def _entered(self, value: Any) -> None:
        operation = self.operation
        if operation is not None:
            operation.handed = True
            self._hand(operation, value)


class Managed(_Observed):
    """A synchronous one."""

    __slots__ = ()

    def __enter__(self) -> Any:
        self.operation = operation = guard(self._begin)
        if operation is None:
            return self._inner.__enter__()
        tokens = current.enter(operation.context)
        try:
            value = self._inner.__enter__()
        except BaseException as error:
            current.leave(tokens)
            guard(operation.fail, error)
            raise
        current.leave(tokens)
        guard(self._entered, value)
        return value

    def __exit__(self, *error: object) -> Any:
        operation = self.operation
        if operation is None:
            return self._inner.__exit__(*error)
        tokens = current.enter(operation.context)
        try:
            return self._inner.__exit__(*error)
        finally:
            current.leave(tokens)
            guard(operation.abandon)
            # The error would hold its own traceback through this frame.
            del error


class AsyncManaged(_Observed):
    """An asynchronous one."""

    __slots__ = ()

    async def __aenter__(self) -> Any:
        self.operation = operation = guard(self._begin)
        if operation is None:
            return await self._inner.__aenter__()
        tokens = current.enter(operation.context)
        try:
            value = await self._inner.__aenter__()
        except BaseException as error:
            current.leave(tokens)
            guard(operation.fail, error)
            raise
        current.leave(tokens)
        guard(self._entered, value)
        return value

    async def __aexit__(self, *error: object) -> Any:
        operation = self.operation
        if operation is None:
            return await self._inner.__aexit__(*error)
        tokens = current.enter(operation.context)
        try:
            return await self._inner.__aexit__(*error)
        finally:
            current.leave(tokens)
            guard(operation.abandon)
            del error
