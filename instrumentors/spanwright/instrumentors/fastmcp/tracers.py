# SPDX-License-Identifier: Apache-2.0
"""FastMCP's tracer where a message has our span: it starts no other one, and what it says goes to ours.

On the side that sends, FastMCP starts its span around the protocol's own, whose span is ours: there it starts none.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import INVALID_SPAN, NoOpTracer, SpanKind

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.patching import BoundWrapped
from spanwright.instrumentors._kernel.receiving import Guest, quiet
from spanwright.semconv.model import McpMessage
from spanwright.semconv.names import MCP_METHOD_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.trace import Span

    from spanwright.instrumentors._kernel.call import Args, Kwargs

# What sends a message in SDK 1 and in SDK 2 of the protocol.
_SENDING = (
    ("mcp.shared.session", "BaseSession", "send_request"),
    ("mcp.shared.jsonrpc_dispatcher", "JSONRPCDispatcher", "send_raw_request"),
)


def stand_in(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Return our tracer in the place of FastMCP's."""
    del instance
    return instead(wrapped(*args, **kwargs), GuestTracer)


class GuestTracer(NoOpTracer):
    """FastMCP's tracer, but for the spans of messages."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:
        """Return our span as a guest's, or a new one of FastMCP's for what is no message."""
        span = guard(_given, kwargs)
        if span is not None:
            return nullcontext(span)
        start = self._inner.start_as_current_span
        if kwargs.get("kind") is not None:
            return start(*args, **kwargs)
        # A step inside a server (a mounted one is asked) is no message by itself: it says nothing in the conventions'
        # words.
        attributes: dict[str, Any] = kwargs.get("attributes") or {}
        kept = {key: value for key, value in attributes.items() if key != MCP_METHOD_NAME}
        return quiet(start, args, {**kwargs, "attributes": kept})

    def start_span(self, *args: Any, **kwargs: Any) -> Any:
        """Start a span of FastMCP's."""
        return self._inner.start_span(*args, **kwargs)


def _given(kwargs: Kwargs) -> Span | None:
    """Return what FastMCP is given for a message: our span as a guest's, or none where it sends; None for all else."""
    kind = kwargs.get("kind")
    if kind is SpanKind.CLIENT and _is_traced():
        return INVALID_SPAN
    operation = current.operation()
    if kind is not SpanKind.SERVER or operation is None or not isinstance(operation.subject, McpMessage):
        return None
    guest = Guest(operation.span)
    guest.set_attributes(kwargs.get("attributes") or {})
    return guest


def _is_traced() -> bool:
    """Tell whether the protocol underneath has our spans; its instrumentor may be switched off."""
    for name, owner, method in _SENDING:
        held = getattr(getattr(sys.modules.get(name), owner, None), method, None)
        if isinstance(held, BoundWrapped):
            return True
    return False
