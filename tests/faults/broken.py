# SPDX-License-Identifier: Apache-2.0
"""An OpenTelemetry that fails in exactly one place: real API and SDK classes, each method of which may raise."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler

from harness import InMemoryLogRecordExporter

if TYPE_CHECKING:
    from collections.abc import Iterator


class Injected(Exception):
    """What the broken place raises."""


class Fault:
    """The one place that fails, by name, and how often it was reached."""

    def __init__(self, place: str = "") -> None:
        self.place = place
        self.reached = 0

    def at(self, place: str) -> None:
        if place == self.place:
            self.reached += 1
            raise Injected(place)


class BrokenSpan(trace.Span):
    """The SDK's span behind methods that may fail."""

    def __init__(self, span: Any, fault: Fault) -> None:
        self.inner = span
        self._fault = fault

    @property
    def attributes(self) -> Any:
        self._fault.at("span.attributes")
        return self.inner.attributes

    def end(self, end_time: Any = None) -> None:
        self._fault.at("span.end")
        self.inner.end(end_time)

    def get_span_context(self) -> Any:
        self._fault.at("span.get_span_context")
        return self.inner.get_span_context()

    def set_attributes(self, attributes: Any) -> None:
        self._fault.at("span.set_attributes")
        self.inner.set_attributes(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        self._fault.at("span.set_attribute")
        self.inner.set_attribute(key, value)

    def add_event(self, *args: Any, **kwargs: Any) -> None:
        self._fault.at("span.add_event")
        self.inner.add_event(*args, **kwargs)

    def update_name(self, name: str) -> None:
        self._fault.at("span.update_name")
        self.inner.update_name(name)

    def is_recording(self) -> bool:
        self._fault.at("span.is_recording")
        return self.inner.is_recording()

    def set_status(self, *args: Any, **kwargs: Any) -> None:
        self._fault.at("span.set_status")
        self.inner.set_status(*args, **kwargs)

    def record_exception(self, *args: Any, **kwargs: Any) -> None:
        self._fault.at("span.record_exception")
        self.inner.record_exception(*args, **kwargs)


class BrokenTracer(trace.Tracer):
    def __init__(self, tracer: trace.Tracer, fault: Fault) -> None:
        self._inner = tracer
        self._fault = fault

    def start_span(self, *args: Any, **kwargs: Any) -> trace.Span:
        self._fault.at("tracer.start_span")
        return BrokenSpan(self._inner.start_span(*args, **kwargs), self._fault)

    @contextmanager
    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Iterator[trace.Span]:
        raise NotImplementedError
        yield


class BrokenTracerProvider(trace.TracerProvider):
    def __init__(self, provider: TracerProvider, fault: Fault) -> None:
        self._inner = provider
        self._fault = fault

    def get_tracer(self, *args: Any, **kwargs: Any) -> trace.Tracer:
        self._fault.at("tracer_provider.get_tracer")
        return BrokenTracer(self._inner.get_tracer(*args, **kwargs), self._fault)


class BrokenHistogram(metrics.Histogram):
    def __init__(self, histogram: metrics.Histogram, fault: Fault) -> None:
        self._inner = histogram
        self._fault = fault

    def record(self, *args: Any, **kwargs: Any) -> None:
        self._fault.at("histogram.record")
        self._inner.record(*args, **kwargs)


class BrokenMeter(metrics.NoOpMeter):
    def __init__(self, meter: metrics.Meter, fault: Fault) -> None:
        super().__init__("broken")
        self._inner = meter
        self._fault = fault

    def create_histogram(self, *args: Any, **kwargs: Any) -> metrics.Histogram:
        self._fault.at("meter.create_histogram")
        return BrokenHistogram(self._inner.create_histogram(*args, **kwargs), self._fault)


class BrokenMeterProvider(metrics.MeterProvider):
    def __init__(self, provider: MeterProvider, fault: Fault) -> None:
        self._inner = provider
        self._fault = fault

    def get_meter(self, *args: Any, **kwargs: Any) -> metrics.Meter:
        self._fault.at("meter_provider.get_meter")
        return BrokenMeter(self._inner.get_meter(*args, **kwargs), self._fault)


class BrokenLogger(_logs.Logger):
    def __init__(self, logger: _logs.Logger, fault: Fault) -> None:
        super().__init__("broken")
        self._inner = logger
        self._fault = fault

    def emit(self, *args: Any, **kwargs: Any) -> None:
        self._fault.at("logger.emit")
        self._inner.emit(*args, **kwargs)

    def enabled(self, *args: Any, **kwargs: Any) -> bool:
        return True


class BrokenLoggerProvider(_logs.LoggerProvider):
    def __init__(self, provider: LoggerProvider, fault: Fault) -> None:
        self._inner = provider
        self._fault = fault

    def get_logger(self, *args: Any, **kwargs: Any) -> _logs.Logger:
        self._fault.at("logger_provider.get_logger")
        return BrokenLogger(self._inner.get_logger(*args, **kwargs), self._fault)


class BrokenProcessor(SpanProcessor):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        self._fault.at("span_processor.on_start")

    def on_end(self, span: Any) -> None:
        self._fault.at("span_processor.on_end")


class BrokenExporter(InMemorySpanExporter):
    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    def export(self, spans: Any) -> Any:
        self._fault.at("span_exporter.export")
        return super().export(spans)


class BrokenSampler(Sampler):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def should_sample(self, *args: Any, **kwargs: Any) -> Any:
        self._fault.at("sampler.should_sample")
        return ALWAYS_ON.should_sample(*args, **kwargs)

    def get_description(self) -> str:
        return "broken"


class BrokenLogProcessor(LogRecordProcessor):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def on_emit(self, log_record: Any) -> None:
        self._fault.at("log_processor.on_emit")

    emit = on_emit

    def shutdown(self) -> None:
        pass

    def force_flush(self, timeout_millis: int = 0) -> bool:
        return True


PLACES = (
    "tracer_provider.get_tracer",
    "tracer.start_span",
    "sampler.should_sample",
    "span.is_recording",
    "span.attributes",
    "span.set_attributes",
    "span.set_status",
    "span.get_span_context",
    "span.end",
    "span_processor.on_start",
    "span_processor.on_end",
    "span_exporter.export",
    "meter_provider.get_meter",
    "meter.create_histogram",
    "histogram.record",
    "logger_provider.get_logger",
    "logger.emit",
    "log_processor.on_emit",
)


class Broken:
    """The providers with one fault; `providers` are keyword arguments of `instrument`."""

    def __init__(self, fault: Fault) -> None:
        self.exporter = BrokenExporter(fault)
        resource = Resource.get_empty()
        self._tracing = TracerProvider(BrokenSampler(fault), resource)
        self._tracing.add_span_processor(BrokenProcessor(fault))
        self._tracing.add_span_processor(SimpleSpanProcessor(self.exporter))
        self._metering = MeterProvider([InMemoryMetricReader()], resource)
        self._logging = LoggerProvider(resource)
        self._logging.add_log_record_processor(BrokenLogProcessor(fault))
        self._logging.add_log_record_processor(SimpleLogRecordProcessor(InMemoryLogRecordExporter()))
        self.providers = {
            "tracer_provider": BrokenTracerProvider(self._tracing, fault),
            "meter_provider": BrokenMeterProvider(self._metering, fault),
            "logger_provider": BrokenLoggerProvider(self._logging, fault),
        }

    def shutdown(self) -> None:
        self._tracing.shutdown()
        self._metering.shutdown()
        self._logging.shutdown()
