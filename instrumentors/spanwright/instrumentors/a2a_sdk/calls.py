# SPDX-License-Identifier: Apache-2.0
"""A message on its way: where a remote agent is asked, and where this process's agent is asked by another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import create_key, set_value

from spanwright.instrumentors._dialects import a2a_messages as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.kinds import is_stream
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.receiving import arrived, has_span
from spanwright.instrumentors.a2a_sdk import headers
from spanwright.instrumentors.a2a_sdk.events import Events, plain
from spanwright.semconv.model import AgentRun, Content

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

WITHIN = create_key("spanwright-a2a-within")
PROVIDER = "a2a"
_READER = Events()


class _Exchange:
    """What both sides share."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def returned(self, operation: Operation, value: Any) -> Any:
        """End with an answer, or observe the stream of events."""
        if is_stream(value):
            return generated(value, operation)
        operation.finish(value)
        return None

    def _opened(self, subject: AgentRun, message: Any, around: Any = None) -> Operation | None:
        operation = open_operation(
            self._telemetry,
            subject,
            _READER,
            content=lambda: Content(input=[dialect.message(plain(message))]),
            context=around,
        )
        if operation is not None:
            operation.context = set_value(WITHIN, self, operation.context)
        return operation


class Sending(_Exchange):
    """The seam of a client: `send_message` yields events (or one answer), and is not asked to stream."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry)
        self._servers = Servers(PROVIDER, lambda _: PROVIDER)

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the operation."""
        message = _message(*args, **kwargs)
        transport = getattr(instance, "_transport", None)
        card = getattr(instance, "_card", None) or getattr(transport, "agent_card", None)
        url = getattr(transport, "url", None)
        server = self._servers.of(instance, url) if isinstance(url, str) else None
        subject = AgentRun(
            name=string(getattr(card, "name", None)),
            description=string(getattr(card, "description", None)),
            version=string(getattr(card, "version", None)),
            provider=PROVIDER,
            conversation_id=string(getattr(message, "context_id", None)),
            address=server.address if server is not None else None,
            port=server.port if server is not None else None,
            remote=True,
        )
        operation = self._opened(subject, message)
        return None if operation is None else (operation, args, kwargs)


class Handling(_Exchange):
    """The seam of a server's handler, whatever the transport; the agent runs inside, or goes on after it."""

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the operation under the span of the sender, or under the span of the request that it came with."""
        params, context = _handled(*args, **kwargs)
        around = current.now()
        if not has_span(around):
            around = arrived(headers.received(context, params), around)
        message = getattr(params, "message", None)
        card = getattr(instance, "_agent_card", None)
        subject = AgentRun(
            name=string(getattr(card, "name", None)),
            description=string(getattr(card, "description", None)),
            conversation_id=string(getattr(message, "context_id", None)),
        )
        operation = self._opened(subject, message, around)
        return None if operation is None else (operation, args, kwargs)


def _message(request: Any = None, *_: Any, **__: Any) -> Any:
    """Return the message: what a client is given is one, or holds it, or holds what holds it."""
    held = getattr(request, "params", request)
    return getattr(held, "message", held)


def _handled(params: Any = None, context: Any = None, *_: Any, **__: Any) -> tuple[Any, Any]:
    return params, context
