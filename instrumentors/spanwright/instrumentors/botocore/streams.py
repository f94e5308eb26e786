# SPDX-License-Identifier: Apache-2.0
"""Event streams, observed: the caller keeps botocore's own object; where it takes its raw events from is replaced.

An event stream may be iterated in several goes, each by an iterator of its own, so its operation ends with the raw
events that all of them share: when these are exhausted, fail, are closed, or are dropped with the stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.guard import guard, mistaken
from spanwright.instrumentors._kernel.kinds import AWAITABLE, ITERATOR, is_stream, kind
from spanwright.instrumentors._kernel.streams import AsyncPulls, Pulls, observed

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.operation import Operation


def observe(stream: Any, operation: Operation) -> bool:
    """Let the operation see a stream of botocore's; False when it is none."""
    inner = getattr(stream, "_event_generator", None)
    if not is_stream(inner):
        return False
    # What an event means is seen where it is parsed.
    stream._event_generator = observed(inner, operation, _unseen)  # noqa: SLF001 - the one place that both kinds take events from
    parsing = _parsing if kind(inner) is ITERATOR else _parsing_async
    # As the stream's own attribute: a patch of the class would be bound anew for each of its many events.
    stream._parse_event = parsing(stream._parse_event, operation)  # noqa: SLF001 - what else knows an event's meaning
    return True


def _unseen(event: Any) -> None:
    """Take no notice of a raw event."""


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
        if kind(found) is AWAITABLE:
            return _awaited(operation, found)
        if found:
            guard(operation.seen, found)
        return found

    return parsed


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
    return events.operation if isinstance(events, (Pulls, AsyncPulls)) else None
