# SPDX-License-Identifier: Apache-2.0
"""One operation in flight: it starts, sees chunks, and ends exactly once."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any, Protocol

from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.errors import describe, error_type
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.telemetry import DEBUG, WARN
from spanwright.semconv import names as n
from spanwright.semconv import points, render
from spanwright.semconv.content import structured
from spanwright.semconv.model import (
    AgentRun,
    Content,
    Embeddings,
    FetchResponse,
    HttpRequest,
    Inference,
    Request,
    Response,
    Retrieval,
    ToolRun,
    Usage,
    WorkflowRun,
)
from spanwright.semconv.serial import dumps, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Subject

_NANOSECONDS = 1e9
# One logical call may pass several traced layers; the outermost one of these owns the span.
_SHARED = (Inference, Embeddings, Retrieval, FetchResponse)
_CONVERSING = (Inference, AgentRun, WorkflowRun, ToolRun)


class Chunks(Protocol):
    """Keeps what is needed of a stream; a dialect has one."""

    def add(self, chunk: Any) -> None:
        """Take one chunk, in constant time."""
        ...

    def value(self) -> Any:
        """Return what was received, in the shape of an unstreamed answer."""
        ...


class Reader(Protocol):
    """Reads an answer of a library into the model; facts and content apart, so that content can stay unread."""

    def response(self, value: Any) -> Response | None:
        """Return the facts of an answer."""
        ...

    def output(self, value: Any) -> Sequence[Message]:
        """Return the messages of an answer."""
        ...

    def chunks(self, *, content: bool) -> Chunks:
        """Return a new keeper of chunks, which may drop content unless it is asked for."""
        ...


def open_operation(
    telemetry: Telemetry,
    subject: Subject,
    reader: Reader | None = None,
    *,
    content: Callable[[], Content] | None = None,
    context: Context | None = None,
) -> Operation | None:
    """Start an operation, or return None while instrumentation is suppressed.

    `content` reads the request's content and is called only if content is captured. `context` is the parent; the
    current context if it is not given. Inside an operation of the same kind, which another layer has opened for the
    same call, the result enriches that one and has no span of its own.
    """
    if not telemetry.enabled:
        return None
    parent_context = context if context is not None else current.now()
    outer = current.operation(parent_context)
    if (
        outer is not None
        and isinstance(subject, _SHARED)
        and type(outer.subject) is type(subject)
        and ending.is_open(outer)
    ):
        return Enrichment(telemetry, subject, reader, parent_context, outer)
    return Operation(telemetry, subject, reader, parent_context, outer, content)


class Operation:
    """One span with its metric points and events.

    Every method is ours: it may raise, and is to be called through `guard` unless said otherwise. `context` is the
    context to run the library's code in; `capturing` tells whether content is to be read at all. Times are nanoseconds since the epoch.
    """

    __slots__ = (
        "_around",
        "_attributes",
        "_chunks",
        "_first",
        "_inner",
        "_last",
        "_structured",
        "agent",
        "calls",
        "capturing",
        "changed",
        "context",
        "handed",
        "read",
        "reader",
        "span",
        "started",
        "subject",
        "telemetry",
        "tools",
    )

    def __init__(
        self,
        telemetry: Telemetry,
        subject: Subject,
        reader: Reader | None,
        context: Context,
        outer: Operation | None,
        content: Callable[[], Content] | None = None,
    ) -> None:
        self.telemetry = telemetry
        self.subject = subject
        self.reader = reader
        self.read = self.handed = self.changed = False
        self._inner: Response | None = None
        self.calls = self.tools = 0
        self._chunks: Chunks | None = None
        self._first: int | None = None
        self._structured: dict[str, Any] = {}
        self._inherit(outer, context)
        self._attributes = render.start(subject)
        self.started = self._last = time_ns()
        self.span = telemetry.start(
            render.name(subject), context, self._attributes, self.started, client=render.is_client(subject)
        )
        inner = telemetry.within(self.span, context)
        self._around = context
        self.context = inner if isinstance(subject, HttpRequest) else current.with_operation(inner, self)
        ending.opened(self)
        wanted = telemetry.settings
        self.capturing = (wanted.content_on_spans and self.span.is_recording()) or (
            wanted.content_on_events and isinstance(subject, Inference)
        )
        if content is not None and self.capturing:
            guard(self._take_content, content)

    @property
    def is_open(self) -> bool:
        """Whether the operation has not ended yet."""
        return ending.is_open(self)

    # --- what happens in between --------------------------------------------------------------------------------

    def touch(self) -> None:
        """Note that something arrived now: a late end is stamped with this time."""
        self._last = time_ns()

    def seen(self, chunk: Any) -> None:
        """Note the time of a chunk and keep what the reader needs of it; constant time."""
        now = time_ns()
        if self._first is None:
            self._first = now
            if self.reader is not None:
                self._chunks = self.reader.chunks(content=self.capturing)
        elif self.telemetry.settings.chunk_metrics:
            self._record_chunk(now)
        self._last = now
        if self._chunks is not None:
            self._chunks.add(chunk)

    def receive(self, value: Any) -> None:
        """Read the answer; the operation stays open, since the library may still fail to parse it."""
        self.read = True
        self._last = time_ns()
        if self.reader is None:
            return
        self.merge(self.reader.response(value))
        if self.capturing:
            self.content().output = self.reader.output(value)

    def merge(self, response: Response | None) -> None:
        """Take the facts of an answer."""
        if response is not None and hasattr(self.subject, "response"):
            self.subject.response = response  # type: ignore[union-attr]

    def content(self) -> Content:
        """Return the content of the operation, to be filled; ask `capturing` before reading any."""
        if self.subject.content is None:
            self.subject.content = Content()
        return self.subject.content

    def enrich(self, inner: Subject) -> None:
        """Take from an inner layer what this layer could not know: the server, the wire's usage, ids and tiers."""
        subject: Any = self.subject
        other: Any = inner
        self.changed = True
        for name in ("address", "port", "provider"):
            if getattr(other, name, None) is not None:
                setattr(subject, name, getattr(other, name))
        if isinstance(getattr(other, "request", None), Request):
            _fill(subject.request, other.request)
        found: Response | None = getattr(other, "response", None)
        if found is None:
            return
        if self._inner is None:
            self._inner = found
        else:
            # A retry or a second call inside one call of the framework: the caller pays for each.
            used = _sum(self._inner.usage, found.usage)
            _fill(self._inner, found)
            self._inner.usage = used

    def _combine(self) -> None:
        """Let the wire fill what the framework's answer lacks; token counts are the wire's where it gave any."""
        inner: Response | None = self._inner
        if inner is None:
            return
        subject: Any = self.subject
        if subject.response is None:
            subject.response = inner
            return
        _fill(subject.response, inner)
        if inner.usage is not None:
            subject.response.usage = inner.usage

    # --- the end ----------------------------------------------------------------------------------------------------

    def finish(self, value: Any = None) -> None:
        """End in success; `value` is the answer, if it was not received before."""
        if value is not None and not self.read and ending.is_open(self):
            guard(self.receive, value)
        self._end(None, time_ns())

    def fail(self, error: BaseException) -> None:
        """End with the error of the library or of the application; the error itself is left as it is."""
        if isinstance(error, GeneratorExit):
            self.abandon()
        else:
            self._end(error, time_ns())

    def abandon(self) -> None:
        """End what its caller has left: no error, and stamped with the time of the last event."""
        self._end(None, self._last)

    def _end(self, error: BaseException | None, at: int) -> None:
        if not ending.closed(self):
            return
        if self._first is not None:
            guard(self._read_chunks, error)
        if self._inner is not None:
            guard(self._combine)
        kind = error_type(error) if error is not None else self._answered_error()
        if self.span.is_recording():
            guard(self._describe, error, kind)
        if self.telemetry.settings.content_on_events:
            guard(self._emit_details, kind, at)
        if error is not None and kind is not None:
            guard(self._emit_exception, error, kind, at)
        guard(self.span.end, at)
        guard(self._record, max(at - self.started, 0) / _NANOSECONDS, kind)
        # The context holds this operation, which would hold it: garbage for the collector at every single call.
        self.context = self._around

    def _answered_error(self) -> str | None:
        """Return the failure that came inside a successful HTTP answer. A fetched failure is no failed fetch."""
        response = getattr(self.subject, "response", None)
        if response is None or isinstance(self.subject, FetchResponse):
            return None
        return response.error

    def _read_chunks(self, error: BaseException | None) -> None:
        if self._first is not None and isinstance(self.subject, Inference):
            self.subject.time_to_first_chunk = max(self._first - self.started, 0) / _NANOSECONDS
        if self._chunks is None or self.reader is None or self.read:
            return
        value = self._chunks.value()
        self._chunks = None
        response = self.reader.response(value)
        if response is not None and error is not None and response.finish_reasons is None:
            response.finish_reasons = ["error"]
        self.merge(response)
        if self.capturing:
            self.content().output = self.reader.output(value)

    def _describe(self, error: BaseException | None, kind: str | None) -> None:
        attributes = render.finish(self.subject)
        # Enrichment may have changed or filled what was known at the start. And a sampler may have dropped the
        # attributes that were given at the start: one check tells.
        known = getattr(self.span, "attributes", None)
        if self.changed or (known is not None and len(known) < len(self._attributes)):
            attributes = {**render.start(self.subject), **attributes}
        if self.telemetry.settings.content_on_spans:
            attributes.update(self._serialised())
        if kind is not None:
            attributes[n.ERROR_TYPE] = kind
            guard(self.telemetry.failed, self.span, self._message(error))
        if attributes:
            self.span.set_attributes(attributes)

    def _message(self, error: BaseException | None) -> str | None:
        if error is None:
            return None
        # An HTTP attempt carries no prompt in its errors; what secrets it may carry are redacted.
        readable = self.telemetry.settings.content or isinstance(self.subject, HttpRequest)
        return describe(error, content=readable)

    def _take_content(self, content: Callable[[], Content]) -> None:
        """Read the request's content now and keep it as JSON: the application may change its lists later."""
        self.subject.content = content()
        limit = self.telemetry.settings.content_limit
        self._structured = {
            key: value if isinstance(value, str) else dumps(value, limit)
            for key, value in structured(self.subject).items()
        }
        self.subject.content = Content()

    def _serialised(self) -> dict[str, str]:
        limit = self.telemetry.settings.content_limit
        found = dict(self._structured)
        for key, value in structured(self.subject).items():
            found[key] = value[:limit] if isinstance(value, str) else dumps(value, limit)
        return found

    def _emit_details(self, kind: str | None, at: int) -> None:
        if not isinstance(self.subject, Inference):
            return
        attributes = {**render.start(self.subject), **render.finish(self.subject)}
        if kind is not None:
            attributes[n.ERROR_TYPE] = kind
        limit = self.telemetry.settings.content_limit
        for key, value in self._serialised().items():
            attributes[key] = plain_json(value, limit)
        self.telemetry.emit(n.EVENT_INFERENCE_DETAILS, attributes, self.context, severity=DEBUG, at=at)

    def _emit_exception(self, error: BaseException, kind: str, at: int) -> None:
        if not isinstance(self.subject, _SHARED):
            return
        attributes: dict[str, Any] = {n.EXCEPTION_TYPE: error_type(error), n.ERROR_TYPE: kind}
        if (message := self._message(error)) is not None:
            attributes[n.EXCEPTION_MESSAGE] = message
        attributes.update(points.labels(self.subject))
        self.telemetry.emit(n.EVENT_OPERATION_EXCEPTION, attributes, self.context, severity=WARN, at=at)

    def _record(self, seconds: float, kind: str | None) -> None:
        telemetry, context = self.telemetry, self.context
        for name, value, labels in points.points(self.subject, seconds, kind, telemetry.settings.metrics):
            guard(telemetry.instrument(name), value, labels, context)
        if isinstance(self.subject, AgentRun) and not self.subject.remote:
            labels = {n.GEN_AI_AGENT_NAME: self.subject.name} if self.subject.name else {}
            guard(
                telemetry.record,
                n.METRIC_GEN_AI_INVOKE_AGENT_INFERENCE_CALLS,
                self.calls,
                labels,
                self.context,
            )
            guard(telemetry.record, n.METRIC_GEN_AI_INVOKE_AGENT_TOOL_CALLS, self.tools, labels, self.context)

    def _record_chunk(self, now: int) -> None:
        labels = points.labels(self.subject)
        for name in points.chunk_metric(self.telemetry.settings.metrics):
            self.telemetry.record(name, (now - self._last) / _NANOSECONDS, labels, self.context)

    def _inherit(self, outer: Operation | None, context: Context) -> None:
        """Take conversation and agent from around, and count this call on the agent that makes it."""
        subject = self.subject
        self.agent: Operation | None = (
            self if isinstance(subject, AgentRun) else outer.agent if outer else None
        )
        if isinstance(subject, _CONVERSING) and subject.conversation_id is None:
            around = getattr(outer.subject, "conversation_id", None) if outer is not None else None
            subject.conversation_id = around or current.conversation_id(context)
        agent = outer.agent if outer is not None else None
        if agent is None:
            return
        if isinstance(subject, Inference):
            agent.calls += 1
        elif isinstance(subject, ToolRun):
            agent.tools += 1
            if subject.agent_name is None and isinstance(agent.subject, AgentRun):
                subject.agent_name = agent.subject.name


class Enrichment(Operation):
    """The same call seen by an inner layer: no span, no points; its facts go to the operation that owns the span."""

    __slots__ = ("_outer",)

    def __init__(
        self,
        telemetry: Telemetry,
        subject: Subject,
        reader: Reader | None,
        context: Context,
        outer: Operation,
    ) -> None:
        self._outer = outer
        self.telemetry = telemetry
        self.subject = subject
        self.reader = reader
        self.read = self.handed = self.changed = False
        self._inner = None
        self.calls = self.tools = 0
        self._chunks = None
        self._first = None
        self._attributes = {}
        self._structured = {}
        self.agent = outer.agent
        self.started = self._last = time_ns()
        self.span = outer.span
        self._around = self.context = context
        # The owner reads content in the framework's own words.
        self.capturing = False
        ending.opened(self)

    def _end(self, error: BaseException | None, at: int) -> None:
        if not ending.closed(self):
            return
        guard(self._read_chunks, error)
        if ending.is_open(self._outer):
            guard(self._outer.enrich, self.subject)


def plain_json(text: str, limit: int) -> Any:
    """Return serialised content as the structure that events carry."""
    import json

    try:
        return json.loads(text)
    except ValueError:
        return plain(text, limit)


def _fill(target: Any, source: Any) -> None:
    for name in type(source).__slots__:
        value = getattr(source, name)
        if name == "extra":
            if value:
                target.extra = {**value, **(target.extra or {})}
        elif name != "usage" and value is not None and getattr(target, name) is None:
            setattr(target, name, value)


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    if one is None or other is None:
        return one or other
    total = Usage()
    for name in Usage.__slots__:
        a, b = getattr(one, name), getattr(other, name)
        setattr(total, name, b if a is None else a if b is None else a + b)
    return total
