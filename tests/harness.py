# SPDX-License-Identifier: Apache-2.0
"""A real SDK in memory, read the way a backend would, with every finished item judged by the conformance oracle."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor

try:
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter
except ImportError:  # the name before 1.39
    from opentelemetry.sdk._logs.export import InMemoryLogExporter as InMemoryLogRecordExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from spanwright.instrumentors._kernel import ending, settings
from spanwright.semconv import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.instrumentor import Instrumentor


@cache
def _resource() -> Resource:
    """Return one for all: each of its detectors starts a thread."""
    return Resource.create()


@dataclass(frozen=True)
class Point:
    """One metric point: a histogram's or counter's sum and count with its labels."""

    metric: str
    labels: dict[str, Any]
    sum: float
    count: int


class Recorder:
    """Telemetry of one test. Pass `recorder.providers` to `instrument(**...)`, then read what came out."""

    def __init__(self, **tracing: Any) -> None:
        self.spans_exporter = InMemorySpanExporter()
        tracing.setdefault("resource", _resource())
        self.tracer_provider = TracerProvider(**tracing)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.spans_exporter))
        self.metric_reader = InMemoryMetricReader()
        self.meter_provider = MeterProvider([self.metric_reader], _resource())
        self.logs_exporter = InMemoryLogRecordExporter()
        self.logger_provider = LoggerProvider(_resource())
        self.logger_provider.add_log_record_processor(SimpleLogRecordProcessor(self.logs_exporter))
        self._collected: Any = None
        self._instrumented: list[Instrumentor] = []

    @property
    def providers(self) -> dict[str, Any]:
        """Keyword arguments of `Instrumentor.instrument`."""
        return {
            "tracer_provider": self.tracer_provider,
            "meter_provider": self.meter_provider,
            "logger_provider": self.logger_provider,
        }

    def instrument(self, *instrumentors: Instrumentor, **environ: str) -> None:
        """Read the environment anew (with `environ` alone, strict) and instrument with this recorder's providers."""
        settings.reload({"SPANWRIGHT_STRICT": "1", **environ})
        for instrumentor in instrumentors:
            instrumentor.instrument(**self.providers)
            self._instrumented.append(instrumentor)

    def uninstrument(self) -> None:
        """Undo `instrument`."""
        while self._instrumented:
            self._instrumented.pop().uninstrument()

    @property
    def spans(self) -> list[ReadableSpan]:
        """Finished spans in the order in which they started."""
        # On a busy machine the thread that ends what was dropped may still be at it.
        ending.settle(10)
        return sorted(self.spans_exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def one(self, prefix: str = "") -> ReadableSpan:
        """Return the only span whose name starts with `prefix`."""
        (span,) = [span for span in self.spans if span.name.startswith(prefix)]
        return span

    def attributes(self, prefix: str = "") -> dict[str, Any]:
        """Return the attributes of the only span whose name starts with `prefix`, sequences as lists."""
        found = self.one(prefix).attributes or {}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}

    def tree(self) -> list[str]:
        """Return the spans as indented names, children under their parents, in the order of their start."""
        spans = self.spans
        known = {span.context.span_id for span in spans if span.context}
        lines: list[str] = []

        def show(parent: int | None, depth: int) -> None:
            for span in spans:
                above = span.parent.span_id if span.parent else None
                if above == parent or (parent is None and above not in known):
                    lines.append("  " * depth + span.name)
                    if span.context:
                        show(span.context.span_id, depth + 1)

        show(None, 0)
        return lines

    @property
    def logs(self) -> list[Any]:
        """Emitted log records."""
        return [item.log_record for item in self.logs_exporter.get_finished_logs()]

    def points(self, metric: str = "") -> list[Point]:
        """Return the points of the metrics whose name starts with `metric`, summed up since the start."""
        data = self.metric_reader.get_metrics_data()
        self._collected = data if data is not None else self._collected
        return [
            Point(
                found.name,
                dict(point.attributes),
                point.sum if hasattr(point, "sum") else point.value,
                getattr(point, "count", 1),
            )
            for resource in (self._collected.resource_metrics if self._collected else ())
            for scope in resource.scope_metrics
            for found in scope.metrics
            if found.name.startswith(metric)
            for point in found.data.data_points
        ]

    def everything(self) -> str:
        """Return all exported data as one text, to search for what must not be in it."""
        parts = [span.to_json() for span in self.spans]
        parts += [repr(point) for point in self.points()]
        parts += [repr((record.body, record.attributes, record.event_name)) for record in self.logs]
        return "\n".join(parts)

    def findings(self) -> list[check.Finding]:
        """Return what the conformance oracle has to say."""
        self.points()
        items: list[check.Item] = [check.from_sdk_span(span) for span in self.spans]
        if self._collected is not None:
            items += check.from_sdk_metrics(self._collected)
        items += [check.from_sdk_log(item) for item in self.logs_exporter.get_finished_logs()]
        return check.check(items)

    def shutdown(self) -> None:
        """Stop the providers."""
        self.uninstrument()
        self.tracer_provider.shutdown()
        self.meter_provider.shutdown()
        self.logger_provider.shutdown()


@contextmanager
def recording(**tracing: Any) -> Iterator[Recorder]:
    """Return a recorder whose telemetry is judged at the end."""
    recorder = Recorder(**tracing)
    try:
        yield recorder
        assert recorder.findings() == []
    finally:
        recorder.shutdown()
        settings.reload()
