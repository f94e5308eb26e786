# SPDX-License-Identifier: Apache-2.0
"""SDK 2: dispatchers send plain JSON, and the SDK traces itself: our spans stand in the place of its own.

The SDK asks one function for each of its spans. For a message that we trace it gets our span there, to which it may
add what is its own: so there is one span, in the current conventions, with metrics, and with content as our switch says.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import mcp_messages as wire
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.receiving import Guest, Receiver, arrived
from spanwright.instrumentors.mcp import channels
from spanwright.instrumentors.mcp.exchanges import Exchange, receive, send
from spanwright.instrumentors.mcp.first import QUIET, carry

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import McpMessage


class Sending:
    """The seam of a dispatcher; `carries` where the SDK writes no context into the message itself."""

    def __init__(self, telemetry: Telemetry, *, notifies: bool = False, carries: bool = False) -> None:
        self._telemetry = telemetry
        self._notifies = notifies
        self._carries = carries or notifies

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> tuple[Operation, Args, Kwargs] | None:
        """Open the exchange."""
        method, params, rest, named = _bound(*args, **kwargs)
        exchange = None if self._notifies and method in QUIET else self._opened(instance, method, params)
        if self._carries and (exchange is not None or self._telemetry.enabled):
            params = self._carried(params, exchange.context if exchange is not None else current.now())
        return None if exchange is None else (exchange, (method, params, *rest), named)

    def returned(self, operation: Any, value: Any) -> None:
        """End with the result."""
        if operation.subject.method == "initialize":
            channels.agreed(operation.session, wire.version(value))
        operation.answered(value)

    def _opened(self, dispatcher: Any, method: Any, params: Any) -> Exchange | None:
        subject = wire.message(method, params)
        channels.describe(subject, dispatcher)
        if not self._notifies and self._carries:
            subject.request_id = wire.identity(getattr(dispatcher, "_next_id", 0) + 1)
        exchange = send(self._telemetry, subject, params)
        if exchange is not None:
            exchange.session = dispatcher
            exchange.described = lambda found: channels.describe(found, dispatcher)
        return exchange

    def _carried(self, params: Any, context: Any) -> Any:
        """Return a copy of the parameters that carries the context; the application's stay as they are."""
        carrier: dict[str, str] = {}
        self._telemetry.inject(carrier, context)
        if not carrier:
            return params
        copied: dict[str, Any] = {**(params or {})}
        copied["_meta"] = {**(copied.get("_meta") or {})}
        carry({"params": copied}, carrier)
        return copied


def _bound(method: Any, params: Any = None, *rest: Any, **named: Any) -> tuple[Any, Any, Args, Kwargs]:
    return method, params, rest, named


class Handling:
    """The seam of what handles a request or a notification: of a server's runner, or of a client's session."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = Receiver.of(telemetry)

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> tuple[Operation, Args, Kwargs] | None:
        """Open the exchange under the span of the sender."""
        dispatch, method, params = _dispatched(*args, **kwargs)
        identity = wire.identity(getattr(dispatch, "request_id", None))
        if identity is None and method in QUIET:
            return None
        subject = wire.message(method, params, received=True)
        subject.request_id = identity
        request = getattr(getattr(dispatch, "message_metadata", None), "request_context", None)
        connection = getattr(instance, "connection", None)
        _describe(subject, instance, connection, request)
        meta: dict[str, Any] = wire.held(params, "_meta") or {}
        # The SDK runs a handler in the context in which the message was written: for HTTP that of the request.
        context = arrived(
            {key: value for key, value in meta.items() if isinstance(value, str)},
            current.now(),
            linked=request is not None,
        )
        exchange = receive(self._telemetry, subject, params, context)
        if exchange is None:
            return None
        exchange.described = lambda found: _describe(found, instance, connection, request)
        return exchange, args, kwargs

    def returned(self, operation: Any, value: Any) -> None:
        """End with the answer."""
        operation.answered(value)


def _dispatched(dctx: Any, method: Any, params: Any = None) -> tuple[Any, Any, Any]:
    return dctx, method, params


def _describe(subject: McpMessage, handler: Any, connection: Any, request: Any) -> None:
    dispatcher = getattr(connection, "outbound", None) or getattr(handler, "_dispatcher", None)
    if dispatcher is not None:
        channels.describe(subject, dispatcher)
    version = getattr(connection, "protocol_version", None)
    if isinstance(version, str) and subject.protocol_version is None:
        subject.protocol_version = version
    if request is not None:
        channels.describe_request(subject, request)


def stand_in(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Return our span where the SDK would start its own for the same message."""
    del instance
    ours = guard(_ours, **kwargs)
    return nullcontext(ours) if ours is not None else wrapped(*args, **kwargs)


def _ours(attributes: Any = None, kind: Any = None, **_: Any) -> Guest | None:
    operation = current.operation()
    if not isinstance(operation, Exchange) or not operation.is_open:
        return None
    # In memory a server's handler runs in the context of the client that waits for it.
    if operation.subject.received != (getattr(kind, "name", None) == "SERVER"):
        return None
    given: dict[str, Any] = attributes or {}
    if given.get("mcp.method.name") != operation.subject.method:
        return None
    if operation.subject.request_id is None:
        operation.subject.request_id = given.get("jsonrpc.request.id")
    guest = Guest(operation.span)
    guest.set_attributes(given)
    return guest
