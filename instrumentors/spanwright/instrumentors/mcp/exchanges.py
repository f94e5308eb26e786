# SPDX-License-Identifier: Apache-2.0
"""One MCP message in flight, on the side that sends it or on the one that handles it."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import mcp_messages as wire
from spanwright.instrumentors._kernel import current, ending, errors, report
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import Operation
from spanwright.instrumentors._kernel.receiving import Receiver, tool_span
from spanwright.instrumentors._kernel.redaction import redact_url
from spanwright.semconv import names as n
from spanwright.semconv import render
from spanwright.semconv.model import Content, McpMessage, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.telemetry import Telemetry

TIMEOUT = "timeout"
_INVALID_PARAMS = -32602


class Exchange(Operation):
    """The operation of one message. `described` fills in what becomes known of the connection while it lasts."""

    __slots__ = ("described", "session", "settled")

    subject: McpMessage

    def __init__(self, telemetry: Telemetry, subject: McpMessage, context: Context) -> None:
        super().__init__(telemetry, subject, None, context, current.operation(context))
        self.described: Callable[[McpMessage], None] | None = None
        self.session: Any = None
        self.settled: Any = None

    def answered(self, answer: Any) -> None:
        """End with an answer: a result, which may say that the tool failed, or a JSON-RPC error."""
        if type(answer).__name__ == "ErrorData":
            self._refused(answer.code, Refused(answer.message))
            return
        method = self.subject.method
        answer = wire.held(answer, "root") or answer
        if (kind := wire.failure(method, answer)) is not None:
            self._end(None, time_ns(), kind)
            return
        if self.capturing and method == "tools/call":
            dump = getattr(answer, "model_dump", None)
            plain = dump(by_alias=True, mode="json", exclude_none=True) if dump is not None else answer
            self.content().result = wire.result(method, plain)
        self._end(None, time_ns())

    def settle(self) -> None:
        """End with the answer that was given on the way; without one the request was cancelled by its sender."""
        if self.settled is not None:
            self.answered(self.settled)
        else:
            self._end(None, time_ns(), errors.CANCELLED)

    def fail(self, error: BaseException) -> None:
        """End with an error; a JSON-RPC error is told by its code, a wait that was too long as such."""
        code = wire.held(wire.held(error, "error"), "code")
        if self.subject.received and type(error).__name__ == "ValidationError":
            # What SDK 2 answers with when a request cannot be read.
            code = _INVALID_PARAMS
        if isinstance(error.__context__, TimeoutError) and code is not None:
            self._end(error, time_ns(), TIMEOUT)
        elif isinstance(code, int):
            self._refused(code, error)
        else:
            super().fail(error)

    def _refused(self, code: int, error: BaseException) -> None:
        self.subject.status_code = str(code)
        if self.subject.received and self.subject.status_code in wire.CLIENT_FAULTS:
            self._end(None, time_ns())
        else:
            self._end(error, time_ns(), self.subject.status_code)

    def _end(self, error: BaseException | None, at: int, kind: str | None = None) -> None:
        if self.described is not None and ending.is_open(self):
            guard(self.described, self.subject)
            self.changed = True
        self.described = None
        super()._end(error, at, kind)


class Refused(Exception):  # noqa: N818 - it stands for an answer, and is never raised
    """A JSON-RPC error that came as an answer."""


class Attached(Exchange):
    """A tool call that an agent framework traces already: its span takes on what the protocol knows of it."""

    __slots__ = ()

    def begin(self, content: Callable[[], Content] | None = None) -> None:
        """Take the span of the tool, whose content is the framework's to tell."""
        del content
        found = _tool_above(self._around, self.subject)
        if found is None:
            msg = "no span of this tool is current"
            raise LookupError(msg)
        self.span = found
        ending.opened(self)
        self.context = current.with_operation(self.telemetry.within(self.span, self._around), self)

    def _end(self, error: BaseException | None, at: int, kind: str | None = None) -> None:
        if not ending.closed(self):
            return
        if self.described is not None:
            guard(self.described, self.subject)
        self.described = None
        if self.noted is not None:
            guard(self.noted, self)
        guard(self._give, error, kind)
        guard(report.points, self, kind, at)
        self.context = self._around

    def _give(self, error: BaseException | None, kind: str | None) -> None:
        if (policy := self.telemetry.settings.policy) is not None:
            policy.subject(self.subject)
        found = {**render.start(self.subject), **render.finish(self.subject)}
        for known in (n.GEN_AI_TOOL_NAME, n.GEN_AI_OPERATION_NAME):
            found.pop(known, None)
        if kind is not None:
            found[n.ERROR_TYPE] = kind
            text = errors.describe(error, content=self.telemetry.settings.content) if error else None
            self.telemetry.failed(self.span, text)
        self.span.set_attributes(found)


def send(telemetry: Telemetry, subject: McpMessage, params: Any) -> Exchange | None:
    """Open the exchange of a message that is sent now; None while instrumentation is suppressed."""
    around = current.now()
    if not telemetry.enabled:
        return None
    kind = Attached if _tool_above(around, subject) is not None else Exchange
    exchange = _opened(kind(telemetry, subject, around), params)
    if exchange.agent is not None and kind is Exchange and subject.tool is not None:
        exchange.agent.tools += 1
    return exchange


def receive(telemetry: Receiver, subject: McpMessage, params: Any, context: Context) -> Exchange | None:
    """Open the exchange of a message that came with `context`."""
    return _opened(Exchange(telemetry, subject, context), params) if telemetry.enabled else None


def _opened(exchange: Exchange, params: Any) -> Exchange:
    subject = exchange.subject
    if subject.resource_uri is not None:
        subject.resource_uri = redact_url(subject.resource_uri)
    try:
        exchange.begin(lambda: wire.content(subject.method, params))
    except Exception:
        guard(exchange.abandon)
        raise
    return exchange


def _tool_above(context: Context, subject: McpMessage) -> Any:
    """Return the span of the agent's tool call that this message carries out: its tool has the same name.

    Frameworks put the name of the server in front of a tool's (`weather_get_forecast`).
    """
    tool = subject.tool
    if tool is None:
        return None
    operation = current.operation(context)
    if operation is not None and isinstance(operation.subject, ToolRun) and operation.is_open:
        name, span = operation.subject.name, operation.span
    elif (found := tool_span(context)) is not None:
        name, span = found
    else:
        return None
    same = name == tool or (name.endswith(tool) and not name[-len(tool) - 1].isalnum())
    return span if same else None
