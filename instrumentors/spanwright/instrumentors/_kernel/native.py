# SPDX-License-Identifier: Apache-2.0
"""Libraries that trace themselves: their tracer makes our operations, so one span a call, in today's conventions.

A library asks its own function for a tracer; the instrumentor answers with a `NativeTracer`. What the library then says
of a span (name, attributes, events, exception) is kept until the end and read by a dialect; the span that leaves the
process is ours, with our content switch, metrics and errors. Spans of which the dialect makes nothing are not started,
their children move up.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import (
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    TracerProvider,
)
from opentelemetry.util._decorator import (
    _agnosticcontextmanager as contextmanager,  # pyright: ignore[reportPrivateUsage] - what a tracer's method returns
)

from spanwright.instrumentors._kernel import current, ending
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.unseen import Unseen, unseen
from spanwright.semconv import render
from spanwright.semconv.names import ERROR_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from opentelemetry.context import Context
    from opentelemetry.trace import SpanContext
    from opentelemetry.util import types

    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content, Subject

_OTHER = "_OTHER"
_EXCEPTION, _TYPE = "exception", "exception.type"
_SERVER = ("provider", "address", "port")


class Told:
    """What a library has said of one span so far; `events` are pairs of name and attributes."""

    __slots__ = ("attributes", "events", "kind", "name")

    def __init__(self, name: str, kind: SpanKind, attributes: Mapping[str, Any] | None) -> None:
        self.name = name
        self.kind = kind
        self.attributes: dict[str, Any] = dict(attributes or {})
        self.events: list[tuple[str, dict[str, Any]]] = []


class NativeSpan(Span):
    """An operation of ours in the hands of a library that takes it for its own span.

    It is no `NonRecordingSpan`: where the application has no provider of its own, OpenTelemetry's tracer hands one of
    those that is current to the next library that asks for a span, and that library would end it.
    """

    operation: Operation | None

    def __init__(self, told: Told, operation: Operation, tracer: NativeTracer) -> None:
        self.operation = operation
        self._context = operation.span.get_span_context()
        self._told = told
        self._tracer = tracer
        self._error: BaseException | None = None
        self._failed = self._ended = False

    @ending.finaliser
    def __del__(self) -> None:
        """End what the library has dropped without a word."""
        operation = self.operation if not getattr(self, "_ended", True) else None
        if operation is not None:
            operation.noted = self._learn
            ending.dropped(operation)

    def get_span_context(self) -> SpanContext:
        """Return what names the operation's span."""
        return self._context

    def is_recording(self) -> bool:
        """Tell that what is said is kept, also when the span is not sampled: metrics need it."""
        return not self._ended

    def set_attribute(self, key: str, value: types.AttributeValue) -> None:
        """Keep one attribute."""
        self._told.attributes[key] = value

    def set_attributes(self, attributes: Mapping[str, types.AttributeValue]) -> None:
        """Keep attributes."""
        self._told.attributes.update(attributes)

    def add_event(self, name: str, attributes: types.Attributes = None, timestamp: int | None = None) -> None:
        """Keep an event."""
        del timestamp
        self._told.events.append((name, dict(attributes or {})))

    def update_name(self, name: str) -> None:
        """Keep the name."""
        self._told.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Keep that the span failed; its description may quote content."""
        del description
        self._failed = guard(_is_error, status) is True

    def record_exception(
        self,
        exception: BaseException,
        attributes: types.Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,  # noqa: FBT002 - as OpenTelemetry has it
    ) -> None:
        """Keep the exception."""
        del attributes, timestamp, escaped
        self._error = exception

    def end(self, end_time: int | None = None) -> None:
        """End the operation."""
        del end_time
        if self._ended:
            return
        self._ended = True
        # A cancellation passes `use_span` unrecorded, which ends the span on its way.
        passing = sys.exc_info()[1]
        if self._error is None and passing is not None and not isinstance(passing, Exception):
            guard(self.left_by, passing, failed=True)
        guard(self._conclude)

    def left_by(self, error: BaseException, *, failed: bool) -> None:
        """Note what left the block of the span; without `failed` the library says itself what failed."""
        steers = self._tracer.steers
        if steers is not None and self.operation is not None and guard(steers, error, self.operation):
            return
        if self._error is None:
            self._error = error
        self._failed = self._failed or failed or not isinstance(error, Exception)

    def _conclude(self) -> None:
        operation = self.operation
        if operation is None or not operation.is_open:
            return
        guard(self._learn, operation)
        if not self._failed:
            operation.finish()
        elif self._error is not None:
            operation.fail(self._error)
        else:
            operation.refuse(self._kind() or _OTHER)

    def _kind(self) -> str | None:
        """Return the class of an error that was told in words alone."""
        events = [given for name, given in self._told.events if name == _EXCEPTION]
        kind = self._told.attributes.get(ERROR_TYPE) or (events[-1].get(_TYPE) if events else None)
        return kind if isinstance(kind, str) and kind else None

    def _learn(self, operation: Operation) -> None:
        """Bring what was said after the start to the operation, and the content if it is captured."""
        subject, before = self._tracer.read(self._told), render.name(operation.subject)
        if subject is not None and (policy := operation.telemetry.settings.policy) is not None:
            policy.subject(subject)
        if type(subject) is type(operation.subject):
            # Where a client has told which server it asked, it knows better.
            _fill(operation.subject, subject, _SERVER if operation.changed else ())
            operation.changed = True
            if (name := render.name(operation.subject)) != before:
                operation.span.update_name(name)
        if operation.capturing and (content := self._tracer.content(self._told)) is not None:
            operation.subject.content = content


class NativeTracer(Tracer):
    """A library's tracer that makes operations: `read` says what a span is about, at its start and at its end.

    `read` returns None for plumbing. `content` is asked at the end, if content is captured. `steers` tells of what
    leaves the block of a span whether that only steers the library, and nothing has failed.
    """

    span_type: type[NativeSpan] = NativeSpan

    def __init__(
        self,
        telemetry: Telemetry,
        read: Callable[[Told], Subject | None],
        content: Callable[[Told], Content | None],
        steers: Callable[[BaseException, Operation], bool] | None = None,
    ) -> None:
        self._telemetry = telemetry
        self.read = read
        self.content = content
        self.steers = steers

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: types.Attributes = None,
        links: Sequence[Any] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,  # noqa: FBT002 - as OpenTelemetry has it
        set_status_on_exception: bool = True,  # noqa: FBT002 - as OpenTelemetry has it
    ) -> Span:
        """Start an operation, or nothing."""
        del links, start_time, record_exception, set_status_on_exception
        return guard(self._opened, name, context, kind, attributes) or unseen(context)

    @contextmanager
    def start_as_current_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: types.Attributes = None,
        links: Sequence[Any] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,  # noqa: FBT002 - as OpenTelemetry has it
        set_status_on_exception: bool = True,  # noqa: FBT002 - as OpenTelemetry has it
        end_on_exit: bool = True,  # noqa: FBT002 - as OpenTelemetry has it
    ) -> Iterator[Span]:
        """Start an operation, current while the block runs."""
        del links, start_time, record_exception
        span = guard(self._opened, name, context, kind, attributes)
        operation = span.operation if span is not None else None
        tokens = None
        if operation is not None:
            tokens = current.enter(operation.context, current.scope())
        elif context is not None:
            tokens = current.enter(context, current.scope())
        try:
            yield span if span is not None else unseen(context)
        except BaseException as error:
            if span is not None:
                guard(span.left_by, error, failed=set_status_on_exception)
            raise
        finally:
            current.leave(tokens)
            if span is not None and end_on_exit:
                guard(span.end)

    def _opened(
        self, name: str, context: Context | None, kind: SpanKind, attributes: types.Attributes
    ) -> NativeSpan | None:
        told = Told(name, kind, attributes)
        subject = self.read(told)
        if subject is None:
            return None
        operation = open_operation(self._telemetry, subject, context=context)
        return self.span_type(told, operation, self) if operation is not None else None


class NativeProvider(TracerProvider):
    """A tracer provider for libraries that are handed one: all its tracers are one `NativeTracer`."""

    def __init__(self, tracer: NativeTracer) -> None:
        self._tracer = tracer

    def get_tracer(self, *args: Any, **kwargs: Any) -> Tracer:
        """Return the tracer."""
        del args, kwargs
        return self._tracer


def _fill(target: Any, source: Any, kept: tuple[str, ...]) -> None:
    """Write what `source` knows over `target`, but for what is `kept` where `target` knows it."""
    for name in source.__slots__:
        value, held = getattr(source, name), getattr(target, name)
        if value is None or name == "content" or (held is not None and name in kept):
            continue
        if held is not None and hasattr(held, "__slots__"):
            _fill(held, value, ())
        else:
            setattr(target, name, value)


def _is_error(status: Status | StatusCode) -> bool:
    return (status.status_code if isinstance(status, Status) else status) is StatusCode.ERROR


# A library may make its span current by itself, which only puts the span into the context.
current.natives = (NativeSpan, Unseen)
