# SPDX-License-Identifier: Apache-2.0
"""Event streams, observed: the caller keeps botocore's own object; where it takes its raw events from is replaced.

An event stream may be iterated in several goes, each by an iterator of its own, so its operation ends with the raw
events that all of them share: when these are exhausted, fail, are closed, or are dropped with the stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.guard import guard, mistaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.operation import Operation

_OWN = frozenset({"_inner", "operation"})


class Events:
    """The raw events of a stream, taken inside the operation; what they mean is seen where they are parsed."""

    __slots__ = ("__weakref__", "_inner", "operation")

    def __init__(self, inner: Any, operation: Operation) -> None:
        self._inner = inner
        self.operation = operation

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        operation = self.operation
        tokens = current.enter(operation.context)
        try:
            event = next(self._inner)
        except StopIteration:
            current.leave(tokens)
            guard(operation.finish)
            raise
        except BaseException as error:
            current.leave(tokens)
            guard(operation.fail, error)
            raise
        current.leave(tokens)
        return event

    def __getattr__(self, name: str) -> Any:
        if name in _OWN:
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __del__(self) -> None:
        operation = getattr(self, "operation", None)
        if operation is not None:
            ending.dropped(operation)


class AsyncEvents(Events):
    """The same for an asynchronous stream."""

    __slots__ = ()

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        operation = self.operation
        tokens = current.enter(operation.context)
        try:
            event = await self._inner.__anext__()
        except StopAsyncIteration:
            current.leave(tokens)
            guard(operation.finish)
            raise
        except BaseException as error:
            current.leave(tokens)
            guard(operation.fail, error)
            raise
        current.leave(tokens)
        return event


def observe(stream: Any, operation: Operation) -> bool:
    """Let the operation see a stream of botocore's; False when it is none."""
    inner = getattr(stream, "_event_generator", None)
    if not hasattr(inner, "__next__") and not hasattr(inner, "__anext__"):
        return False
    plain = not hasattr(inner, "__anext__")
    kind, parsing = (Events, _parsing) if plain else (AsyncEvents, _parsing_async)
    stream._event_generator = kind(inner, operation)  # noqa: SLF001 - the one place that both kinds take events from
    # As the stream's own attribute: a patch of the class would be bound anew for each of its many events.
    stream._parse_event = parsing(stream._parse_event, operation)  # noqa: SLF001 - what else knows an event's meaning
    operation.handed = True
    return True


def _parsing(parse: Callable[[Any], Any], operation: Operation) -> Callable[[Any], Any]:
    """Stand around the parsing of an event, which raises what the service has sent as an exception."""

    def parsed(event: Any) -> Any:
        try:
            found = parse(event)
        except BaseException as error:
            guard(operation.fail, error)
            raise
        if found:
            try:
                operation.seen(found)
            except Exception as mistake:
                mistaken(operation.seen, mistake)
        return found

    return parsed


def _parsing_async(parse: Callable[[Any], Any], operation: Operation) -> Callable[[Any], Any]:
    """Do the same; newer versions of aiobotocore parse in a coroutine."""

    def parsed(event: Any) -> Any:
        try:
            found = parse(event)
        except BaseException as error:
            guard(operation.fail, error)
            raise
        if _is_awaitable(found):
            return _awaited(operation, found)
        if found:
            guard(operation.seen, found)
        return found

    return parsed


def _is_awaitable(value: object) -> bool:
    return hasattr(type(value), "__await__")


async def _awaited(operation: Operation, awaitable: Any) -> Any:
    try:
        event = await awaitable
    except BaseException as error:
        guard(operation.fail, error)
        raise
    if event:
        guard(operation.seen, event)
    return event


def closed(stream: Any) -> None:
    """End the operation of a stream that was closed early, which is no error."""
    operation = _operation(stream)
    if operation is not None:
        operation.abandon()


def _operation(stream: Any) -> Operation | None:
    events = getattr(stream, "_event_generator", None)
    return events.operation if isinstance(events, Events) else None
