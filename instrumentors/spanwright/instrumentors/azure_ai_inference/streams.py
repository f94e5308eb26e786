# SPDX-License-Identifier: Apache-2.0
"""The SDK's streams, observed step by step through their class: the application keeps the SDK's own object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import finalize

from spanwright.instrumentors._kernel.kinds import ASYNC_ITERATOR, kind
from spanwright.instrumentors._kernel.streams import observed

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.operation import Operation


class _Steps:
    """The iterator beneath: a step of the SDK's own, handed over for each pull, so that no stream is kept alive."""

    __slots__ = ("step",)

    def __init__(self) -> None:
        self.step: Callable[[], Any] | None = None

    def __iter__(self) -> _Steps:
        return self

    def __next__(self) -> Any:
        assert self.step is not None
        try:
            return self.step()
        finally:
            self.step = None


class _AsyncSteps(_Steps):
    """The same of an asynchronous stream."""

    __slots__ = ()

    def __aiter__(self) -> _AsyncSteps:
        return self

    async def __anext__(self) -> Any:
        assert self.step is not None
        try:
            return await self.step()
        finally:
            self.step = None


# By the identity of the stream, which takes its entry along: every step looks here, and to look by a weak reference is slow.
_streams: dict[int, tuple[Any, _Steps]] = {}


def hand(stream: Any, operation: Operation) -> None:
    """Leave the operation to a stream."""
    steps = _AsyncSteps() if kind(stream) is ASYNC_ITERATOR else _Steps()
    _streams[id(stream)] = observed(steps, operation), steps
    finalize(stream, _streams.pop, id(stream), None).atexit = False


def stepped(wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Take one step of a stream, inside its operation if it has one."""
    found = _streams.get(id(instance))
    if found is None:
        return wrapped(*args, **kwargs)
    pulls, steps = found
    if isinstance(steps, _AsyncSteps):
        return _stepped(pulls, steps, wrapped)
    steps.step = wrapped
    return next(pulls)


async def _stepped(pulls: Any, steps: _Steps, step: Callable[[], Any]) -> Any:
    steps.step = step
    return await pulls.__anext__()


def closed(stream: Any) -> None:
    """End the operation of a stream that its consumer has left; the SDK closes one that is at its end within a step."""
    found = _streams.get(id(stream))
    operation = found[0].operation if found is not None and found[1].step is None else None
    if operation is not None:
        operation.abandon()
