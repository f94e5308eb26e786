# SPDX-License-Identifier: Apache-2.0
"""SDK 1: sessions send pydantic models, and a responder stands for each request that is handled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import wrapt

from spanwright.instrumentors._dialects import mcp_messages as wire
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import awithin, traced
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.receiving import Receiver, arrived
from spanwright.instrumentors.mcp import channels
from spanwright.instrumentors.mcp.exchanges import Exchange, receive, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import McpMessage

if TYPE_CHECKING:
    # Generic in wrapt's stubs alone.
    _ObjectProxy = wrapt.ObjectProxy[Any]
else:
    _ObjectProxy = wrapt.ObjectProxy

# Too many of them, and each says little: they carry the context and have no span.
QUIET = frozenset(("notifications/progress", "notifications/message"))
_handled: WeakKeyDictionary[Any, Exchange] = WeakKeyDictionary()
# The contexts of what is being sent, by the `traceparent` that it carries: a transport's task posts it.
_sent: dict[str, Context] = {}


class Carrying(_ObjectProxy):
    """A message of the application's that is written with a trace context in its `_meta`; itself it stays as it is."""

    def __init__(self, wrapped: Any, carrier: dict[str, str]) -> None:
        super().__init__(wrapped)
        self._self_carrier = carrier

    def model_dump(self, *args: Any, **kwargs: Any) -> Any:
        """Return the plain form, which is a copy, with what the application wrote into `_meta` kept."""
        plain = self.__wrapped__.model_dump(*args, **kwargs)
        guard(carry, plain, self._self_carrier)
        return plain


def carry(plain: dict[str, Any], carrier: dict[str, str]) -> None:
    """Write the context into a plain message, unless another one is in it."""
    params: dict[str, Any] = plain.get("params") or {}
    meta: dict[str, Any] = params.get("_meta") or {}
    plain["params"], params["_meta"] = params, meta
    if "traceparent" not in meta:
        meta.update({key: value for key, value in carrier.items() if key not in meta})


class Sending:
    """The seam of `send_request` and, with `notifies`, of `send_notification`."""

    def __init__(self, telemetry: Telemetry, *, notifies: bool = False) -> None:
        self._telemetry = telemetry
        self._notifies = notifies

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> tuple[Operation, Args, Kwargs] | None:
        """Open the exchange and let the message carry its context."""
        message, rest, named = _bound(*args, **kwargs)
        root = message.root
        if root.method in QUIET:
            return None
        params = getattr(root, "params", None)
        subject = wire.message(root.method, params)
        if not self._notifies:
            subject.request_id = wire.identity(getattr(instance, "_request_id", None))
        channels.describe(subject, instance)
        exchange = send(self._telemetry, subject, params)
        if exchange is None:
            return None
        exchange.described = lambda found: channels.describe(found, instance)
        carrier = _carrier(self._telemetry, exchange.context)
        if (parent := carrier.get("traceparent")) is not None:
            _sent[parent] = exchange.context
            exchange.noted = partial(_forget, parent)
        exchange.session = instance
        return exchange, (Carrying(message, carrier), *rest) if carrier else (message, *rest), named

    def returned(self, operation: Any, value: Any) -> None:
        """End with the result."""
        if operation.subject.method == "initialize":
            channels.agreed(operation.session, wire.version(value))
        operation.answered(value)


def _forget(parent: str, _: Any) -> None:
    _sent.pop(parent, None)


def notifying(telemetry: Telemetry) -> Wrapper:
    """Return a wrapper of `send_notification`: one that has no span still carries the context it is sent in."""
    sending = traced(Sending(telemetry, notifies=True))

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        carrying = guard(_carried, telemetry, *args, **kwargs)
        if carrying is None:
            return sending(wrapped, instance, args, kwargs)
        message, rest, named = carrying
        return wrapped(message, *rest, **named)

    return wrapper


def _carried(telemetry: Telemetry, *args: Any, **kwargs: Any) -> tuple[Any, Args, Kwargs] | None:
    message, rest, named = _bound(*args, **kwargs)
    if message.root.method not in QUIET or not telemetry.enabled:
        return None
    carrier = _carrier(telemetry, current.now())
    return (Carrying(message, carrier), rest, named) if carrier else None


def _carrier(telemetry: Telemetry, context: Context) -> dict[str, str]:
    carrier: dict[str, str] = {}
    telemetry.inject(carrier, context)
    return carrier


def _bound(*args: Any, **kwargs: Any) -> tuple[Any, Args, Kwargs]:
    """Take the message out of the arguments, which is the first one by position or the first one by name."""
    if args:
        return args[0], args[1:], kwargs
    name = "request" if "request" in kwargs else "notification"
    return kwargs[name], (), {key: value for key, value in kwargs.items() if key != name}


class Handling:
    """The seam of what handles a request: `told` returns its responder, or None when it is none of ours."""

    def __init__(self, telemetry: Telemetry, told: Callable[..., Any]) -> None:
        self._telemetry = Receiver.of(telemetry)
        self._told = told

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> tuple[Operation, Args, Kwargs] | None:
        """Open the exchange under the span of the sender."""
        responder = self._told(*args, **kwargs)
        if responder is None:
            return None
        root = responder.request.root
        params = getattr(root, "params", None)
        subject = wire.message(root.method, params, received=True)
        subject.request_id = wire.identity(responder.request_id)
        request = getattr(getattr(responder, "message_metadata", None), "request_context", None)
        session = getattr(responder, "_session", instance)
        _describe(subject, session, request)
        context, linked = channels.around(request)
        context = arrived(_texts(responder.request_meta), context, linked=linked)
        exchange = receive(self._telemetry, subject, params, context)
        if exchange is None:
            return None
        exchange.described = lambda found: _describe(found, session, request)
        _handled[responder] = exchange
        return exchange, args, kwargs

    def returned(self, operation: Any, value: Any) -> None:
        """End with the answer that was sent meanwhile."""
        del value
        operation.settle()


class Notified:
    """The seam of what handles a notification."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = Receiver.of(telemetry)

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> tuple[Operation, Args, Kwargs] | None:
        """Open the exchange under the span of the sender."""
        del instance
        (notification,) = args or kwargs.values()
        params = getattr(notification, "params", None)
        if notification.method in QUIET:
            return None
        subject = wire.message(notification.method, params, received=True)
        context = arrived(_texts(getattr(params, "meta", None)), current.now())
        exchange = receive(self._telemetry, subject, params, context)
        return None if exchange is None else (exchange, args, kwargs)

    def returned(self, operation: Any, value: Any) -> None:
        """End: nobody waits for an answer."""
        operation.answered(value)


def _describe(subject: McpMessage, session: Any, request: Any) -> None:
    channels.describe(subject, session)
    if request is not None:
        channels.describe_request(subject, request)


def request(message: Any, *_: Any, **__: Any) -> Any:
    """Return the responder of what `Server._handle_request` is given."""
    return message


def handshake(responder: Any) -> Any:
    """Return the responder of `initialize`, which a server's session answers itself; what follows is handled later."""
    return responder if responder.request.root.method == "initialize" else None


def responded(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note the answer that a responder sends."""
    guard(_note, instance, *args, **kwargs)
    return wrapped(*args, **kwargs)


def _note(responder: Any, response: Any) -> None:
    exchange = _handled.get(responder)
    if exchange is not None:
        exchange.settled = response
        if exchange.subject.method == "initialize":
            channels.agreed(responder._session, wire.version(getattr(response, "root", None)))  # noqa: SLF001 - the one name it has


async def posted(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Post a message in the context in which it was sent: the task that posts belongs to the transport."""
    del instance
    return await awithin(guard(_context_of, *args, **kwargs), wrapped, args, kwargs)


def _context_of(ctx: Any) -> Context | None:
    root = ctx.session_message.message.root
    parent = wire.held(wire.held(getattr(root, "params", None), "_meta"), "traceparent")
    return _sent.get(parent) if isinstance(parent, str) else None


def _texts(meta: Any) -> dict[str, str]:
    """Return the texts in a request's `_meta`, in lower case: what a propagator understands."""
    extra: dict[str, Any] = getattr(meta, "model_extra", None) or {}
    return {key: value for key, value in extra.items() if isinstance(value, str)}
