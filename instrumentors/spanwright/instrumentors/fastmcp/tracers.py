# SPDX-License-Identifier: Apache-2.0
"""FastMCP's tracer where a message has our span: it starts no other one, and what it says goes to ours.

On the side that sends, FastMCP starts its span around the protocol's own, whose span is ours: there it starts none.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import INVALID_SPAN, NoOpTracer, SpanKind

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.receiving import Guest
from spanwright.semconv.model import McpMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs


def stand_in(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Return our tracer in the place of FastMCP's."""
    del instance
    return GuestTracer(wrapped(*args, **kwargs))


class GuestTracer(NoOpTracer):
    """FastMCP's tracer, but for the spans of messages."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:
        """Return our span as a guest's, or a new one of FastMCP's for what is no message."""
        kind = kwargs.get("kind")
        if kind is SpanKind.CLIENT:
            return nullcontext(INVALID_SPAN)
        operation = current.operation()
        if kind is not SpanKind.SERVER or operation is None or not isinstance(operation.subject, McpMessage):
            return self._inner.start_as_current_span(*args, **kwargs)
        guest = Guest(operation.span)
        guest.set_attributes(kwargs.get("attributes") or {})
        return nullcontext(guest)

    def start_span(self, *args: Any, **kwargs: Any) -> Any:
        """Start a span of FastMCP's."""
        return self._inner.start_span(*args, **kwargs)
