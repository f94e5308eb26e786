# SPDX-License-Identifier: Apache-2.0
"""The one door to OpenTelemetry: spans, metric points, log events and context propagation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics, trace
from opentelemetry.context import get_current
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.propagate import inject
from opentelemetry.trace import NonRecordingSpan, SpanKind, Status, StatusCode, set_span_in_context

from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.guard import guard, warn_once
from spanwright.semconv.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from opentelemetry.context import Context
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider
    from typing_extensions import Self

    from spanwright.instrumentors._kernel.extras import Extras

DEBUG = 5
WARN = 13
# All points of one metric are in one scope: the Prometheus exporter takes the names of the labels from the first scope
# that has the metric, and so would put the values of the others under wrong names.
_METERING = "spanwright.instrumentors"


class Telemetry:
    """What one instrumentor emits, under its own scope name; metrics under the pack's.

    Providers that are not given are looked up by the API at first use, so a provider that is set later is found;
    none is ever created or replaced. An error of the SDK never leaves this class.
    """

    __slots__ = (
        "_logger",
        "_logger_provider",
        "_meter",
        "_meter_provider",
        "_tracer",
        "_tracer_provider",
        "extras",
        "records",
        "scope",
        "settings",
    )

    def __init__(
        self,
        scope: str,
        version: str,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        logger_provider: Any = None,
    ) -> None:
        self.scope = (scope, version)
        self.settings = settings.current()
        self._tracer = trace.get_tracer(scope, version, tracer_provider)
        self._tracer_provider = tracer_provider
        self._meter_provider = meter_provider
        self._logger_provider = logger_provider
        self._meter: metrics.Meter | None = None
        self._logger: Any = None
        self.records: dict[str, Callable[..., None]] = {}
        self.extras: Extras | None = guard(_extras, self.settings)

    @classmethod
    def of(cls, telemetry: Telemetry) -> Self:
        """Return one of this class that reports where `telemetry` reports."""
        made = cls.__new__(cls)
        for name in Telemetry.__slots__:
            setattr(made, name, getattr(telemetry, name))
        return made

    @property
    def enabled(self) -> bool:
        """False while the application (or an exporter) suppresses instrumentation."""
        return not get_current() or is_instrumentation_enabled()

    def reports_to(self, provider: object) -> bool:
        """Tell whether our spans go to this tracer provider, to which a library's own may go as well."""
        return provider is (self._tracer_provider or trace.get_tracer_provider())

    def shares(self, tracer: object) -> bool:
        """Tell whether what a library's tracer makes goes to where our spans go."""
        ours = _pipeline(self._tracer)
        return ours is not None and ours is _pipeline(tracer)

    def start(
        self, name: str, context: Context, attributes: dict[str, Any], at: int, *, client: bool
    ) -> Span:
        """Start a span at `at` (nanoseconds since the epoch); it is not made current."""
        kind = SpanKind.CLIENT if client else SpanKind.INTERNAL
        return self._tracer.start_span(name, context, kind, attributes, start_time=at)

    def shadow(self, span: Span) -> Span | None:
        """Return what is this span to a library, as parent and on the wire, and records nothing; None if it is none."""
        context = span.get_span_context()
        return NonRecordingSpan(context) if context.is_valid else None

    def within(self, span: Span, context: Context) -> Context:
        """Return `context` with the span as its current one."""
        return set_span_in_context(span, context)

    def failed(self, span: Span, description: str | None) -> None:
        """Set the status ERROR; OK is never set, success leaves it unset."""
        span.set_status(Status(StatusCode.ERROR, description))

    def record(
        self, name: str, value: float, labels: Mapping[str, Any], context: Context | None = None
    ) -> None:
        """Record one metric point."""
        self.instrument(name)(value, labels, context)

    def instrument(self, name: str) -> Callable[..., None]:
        """Return what records a point of this metric: a function of value, labels and context."""
        return self.records.get(name) or self._instrument(name)

    def emit(
        self,
        name: str,
        attributes: Mapping[str, Any],
        context: Context,
        *,
        severity: int,
        at: int | None = None,
    ) -> None:
        """Emit one log event in the context of its operation, so that trace and span ids correlate."""
        # Imported at the first event: most processes emit none, and the logs API is still named private.
        api = import_module("opentelemetry._logs")
        if self._logger is None:
            self._logger = api.get_logger(*self.scope, self._logger_provider)
        try:
            record = api.LogRecord(
                timestamp=at,
                context=context,
                severity_number=api.SeverityNumber(severity),
                severity_text="DEBUG" if severity == DEBUG else "WARN",
                attributes=dict(attributes),
                event_name=name,
            )
        except TypeError:
            # Events are log records with a name since opentelemetry-api 1.35.
            warn_once("events", "log events need opentelemetry-api 1.35 or newer; none are emitted")
            return
        self._logger.emit(record)

    def inject(self, headers: MutableMapping[str, str], context: Context) -> None:
        """Write the context into `headers` with the propagators that the application configured."""
        guard(inject, headers, context)

    def _instrument(self, name: str) -> Callable[..., None]:
        """Make an instrument at its first use, from the conventions' table."""
        if self._meter is None:
            self._meter = metrics.get_meter(_METERING, self.scope[1], self._meter_provider)
        fact = METRICS[name]
        if fact.instrument == "counter":
            record: Callable[..., None] = self._meter.create_counter(name, fact.unit).add
        else:
            record = self._meter.create_histogram(
                name, fact.unit, explicit_bucket_boundaries_advisory=list(fact.buckets)
            ).record
        self.records[name] = record
        return record


def _extras(wanted: settings.Settings) -> Extras | None:
    """Return what is written beyond the conventions, loaded now; None where nothing is asked for."""
    if not (wanted.cost or wanted.dialects):
        return None
    from spanwright.instrumentors._kernel.extras import Extras

    return Extras(wanted)


def _pipeline(tracer: object) -> object:
    """Return what a tracer of the SDK hands its spans to; None of one that makes none."""
    # A tracer that was asked for before there was a provider stands before that provider's own.
    return getattr(getattr(tracer, "_tracer", tracer), "span_processor", None)
