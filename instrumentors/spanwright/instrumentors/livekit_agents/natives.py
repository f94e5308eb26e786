# SPDX-License-Identifier: Apache-2.0
"""The framework's tracer and its copies of our metrics, which are ours where they would report to where we do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Span as TraceSpan
from opentelemetry.trace import set_span_in_context

from spanwright.instrumentors._dialects import livekit_spans as dialect
from spanwright.instrumentors._families.swaps import Swap
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.native import NativeSpan, NativeTracer
from spanwright.semconv import names as n
from spanwright.semconv import render
from spanwright.semconv.model import AgentRun, ToolRun

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from opentelemetry.context import Context
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode
    from opentelemetry.util import types

    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content, Subject

_TOOL_ERROR = "tool_error"
# What the framework itself writes; its own words are read, not passed on.
_FRAMEWORK = ("lk.", "gen_ai.", "error.", "exception.", "langfuse.", "rpc.", "job.")
_EXCEPTION = "exception"
_COPIES = (
    "_genai_token_usage",
    "_genai_operation_duration",
    "_genai_time_to_first_chunk",
    "_genai_execute_tool_duration",
    "_genai_invoke_agent_duration",
)


class Span(NativeSpan):
    """A span whose name in the conventions the framework tells after its start, and what runs in it needs."""

    def set_attribute(self, key: str, value: types.AttributeValue) -> None:
        """Keep an attribute."""
        guard(self._keep, {key: value})

    def set_attributes(self, attributes: Mapping[str, types.AttributeValue]) -> None:
        """Keep attributes, and who it is of them; the application's own are told as they are."""
        guard(self._keep, attributes)

    def _keep(self, attributes: Mapping[str, types.AttributeValue]) -> None:
        self._told.attributes.update(attributes)
        if not dialect.NAMING.isdisjoint(attributes):
            guard(self._identify)
        own = {key: value for key, value in attributes.items() if not key.startswith(_FRAMEWORK)}
        if own and self.operation is not None:
            self.operation.span.set_attributes(own)

    def add_event(self, name: str, attributes: types.Attributes = None, timestamp: int | None = None) -> None:
        """Keep an event, and tell one of a tool as it is: the framework itself has none to tell there but an error."""
        guard(super().add_event, name, attributes, timestamp)
        operation = self.operation
        if operation is not None and isinstance(operation.subject, ToolRun) and name != _EXCEPTION:
            guard(operation.span.add_event, name, attributes, timestamp)

    def _conclude(self) -> None:
        """End the operation; a tool that has answered that it failed has failed."""
        if not self._failed and guard(dialect.failed, self._told.attributes):
            self._told.attributes.setdefault(n.ERROR_TYPE, _TOOL_ERROR)
            self._failed = True
        super()._conclude()

    def _identify(self) -> None:
        subject = self.operation.subject if self.operation is not None else None
        if self.operation is None or not isinstance(subject, (AgentRun, ToolRun)):
            return
        found = dialect.subject(self._told.name, self._told.attributes)
        if isinstance(found, (AgentRun, ToolRun)) and found.name and found.name != subject.name:
            subject.name = found.name
            self.operation.changed = True
            self.operation.span.update_name(render.name(subject))


class Shown(TraceSpan):
    """A span as code finds it that looks for the current one.

    It is none of those that record nothing: the tracers of an application without a provider return such a one for
    their own, and end it.
    """

    def __init__(self, span: NativeSpan) -> None:
        self._span = span
        self._context = span.get_span_context()

    def get_span_context(self) -> SpanContext:
        """Return the context."""
        return self._context

    def is_recording(self) -> bool:
        """Tell whether it has not ended."""
        return guard(self._span.is_recording) is True

    def set_attribute(self, key: str, value: types.AttributeValue) -> None:
        """Keep an attribute."""
        guard(self._span.set_attribute, key, value)

    def set_attributes(self, attributes: Mapping[str, types.AttributeValue]) -> None:
        """Keep attributes."""
        guard(self._span.set_attributes, attributes)

    def add_event(self, name: str, attributes: types.Attributes = None, timestamp: int | None = None) -> None:
        """Keep an event."""
        guard(self._span.add_event, name, attributes, timestamp)

    def update_name(self, name: str) -> None:
        """Keep the name."""
        guard(self._span.update_name, name)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Keep the status."""
        guard(self._span.set_status, status, description)

    def record_exception(self, exception: BaseException, *args: Any, **kwargs: Any) -> None:
        """Keep the exception."""
        guard(self._span.record_exception, exception, *args, **kwargs)

    def end(self, end_time: int | None = None) -> None:
        """End it."""
        guard(self._span.end, end_time)


class Tracer(NativeTracer):
    """The tracer of the framework's spans, which writes on what is current: that is the span it believes in."""

    span_type = Span

    def _opened(
        self, name: str, context: Context | None, kind: SpanKind, attributes: types.Attributes
    ) -> NativeSpan | None:
        span = super()._opened(name, context, kind, attributes)
        if span is not None and span.operation is not None:
            span.operation.context = set_span_in_context(Shown(span), span.operation.context)
        return span


class Tracers:
    """What answers for the tracer that stands behind the framework's one object."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._ours = Tracer(telemetry, _subject, _content)
        self._module: Any = None
        self._kind: Any = None

    def place(self, module: ModuleType) -> None:
        """Stand before the tracer that the framework's object holds, whenever it is asked for."""
        kind: Any = getattr(module, "_DynamicTracer", None)
        if kind is None or "_tracer" in vars(kind):
            return
        self._module, self._kind = module, kind
        kind._tracer = property(self._chosen, _keep)  # noqa: SLF001 - the name under which it holds its tracer

    def remove(self) -> None:
        """Give it back."""
        kind, self._kind = self._kind, None
        if kind is not None:
            del kind._tracer  # noqa: SLF001 - as above

    def trace(self) -> bool:
        """Tell whether the framework's spans are ours now."""
        return self._kind is not None and getattr(self._module.tracer, "_tracer", None) is self._ours

    def _chosen(self, instance: Any) -> Any:
        """Return ours, unless the application has the framework report elsewhere, or wants nothing now."""
        own: Any = instance.__dict__.get("_tracer")
        ours = guard(self._is_ours, own)
        return self._ours if ours else own

    def _is_ours(self, own: Any) -> bool:
        return self._telemetry.enabled and (self._telemetry.shares(own) or not _records(own))


class Meters:
    """The framework's instruments that count what ours do."""

    def __init__(self, tracers: Tracers) -> None:
        self._swaps = [Swap(name, lambda before: Instrument(before, tracers)) for name in _COPIES]

    def place(self, module: ModuleType) -> None:
        """Stand before them."""
        for each in self._swaps:
            each.place(module)

    def remove(self) -> None:
        """Give them back."""
        for each in self._swaps:
            each.remove()


class Instrument:
    """An instrument that records nothing while the framework's spans are ours."""

    def __init__(self, inner: Any, tracers: Tracers) -> None:
        self._inner = inner
        self._tracers = tracers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def record(self, *args: Any, **kwargs: Any) -> None:
        """Record a value, or nothing."""
        if not guard(self._tracers.trace):
            self._inner.record(*args, **kwargs)


def _keep(instance: Any, value: Any) -> None:
    vars(instance)["_tracer"] = value


def _records(tracer: Any) -> bool:
    """Tell whether a tracer makes spans: without a provider of an SDK there are none."""
    return getattr(getattr(tracer, "_tracer", tracer), "span_processor", None) is not None


def _subject(told: Told) -> Subject | None:
    return dialect.subject(told.name, told.attributes)


def _content(told: Told) -> Content:
    return dialect.content(told.name, told.attributes)
