# SPDX-License-Identifier: Apache-2.0
"""The door to OpenTelemetry takes no global state, finds providers that come late, and propagates without risk."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import Any

from opentelemetry import propagate
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry

from harness import Recorder
from kernel.fake import inference
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.telemetry import Telemetry


def done(telemetry: Telemetry) -> None:
    operation = open_operation(telemetry, inference())
    assert operation is not None
    operation.finish()


class Failing(TextMapPropagator):
    """A propagator that fails."""

    def inject(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("a baggage that cannot be written")

    def extract(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    @property
    def fields(self) -> set[str]:
        return set()


def test_the_points_of_two_instrumentors_keep_their_labels_in_prometheus() -> None:
    registry = CollectorRegistry()
    provider = MeterProvider([PrometheusMetricReader(registry=registry)])
    count = "gen_ai_client_operation_duration_seconds_count"
    for scope, provided in (("one", {}), ("two", {"error.type": "timeout"})):
        labels = {"gen_ai.operation.name": scope, **provided}
        Telemetry(scope, "1", meter_provider=provider).record("gen_ai.client.operation.duration", 1, labels)
    samples = [sample for family in registry.collect() for sample in family.samples if sample.name == count]
    told = [(sample.labels["gen_ai_operation_name"], sample.labels["error_type"]) for sample in samples]
    assert sorted(told) == [("one", ""), ("two", "timeout")]


def test_two_providers_given_explicitly_are_kept_apart(recorder: Recorder) -> None:
    other = Recorder()
    recorder.instrument()
    done(Telemetry("tests", "1", **recorder.providers))
    done(Telemetry("tests", "1", **other.providers))
    assert (len(recorder.spans), len(other.spans), len(recorder.points()), len(other.points())) == (
        1,
        1,
        1,
        1,
    )
    other.shutdown()


def test_spans_metrics_and_events_have_the_scope_of_their_instrumentor(recorder: Recorder) -> None:
    recorder.instrument()
    telemetry = Telemetry("spanwright.instrumentors.acme", "1.2", **recorder.providers)
    operation = open_operation(telemetry, inference())
    assert operation is not None
    operation.fail(ValueError())
    scope = recorder.one().instrumentation_scope
    assert scope is not None
    logged = recorder.logs_exporter.get_finished_logs()[0].instrumentation_scope
    assert (scope.name, scope.version, logged.name) == ("spanwright.instrumentors.acme", "1.2", scope.name)


def test_a_context_is_injected_with_the_propagators_of_the_application(telemetry: Telemetry) -> None:
    operation = open_operation(telemetry, inference())
    assert operation is not None
    headers: dict[str, str] = {}
    telemetry.inject(headers, operation.context)
    operation.finish()
    assert f"{operation.span.get_span_context().span_id:016x}" in headers["traceparent"]


def test_a_propagator_that_fails_changes_nothing(telemetry: Telemetry, lax: None) -> None:
    real = propagate.get_global_textmap()
    propagate.set_global_textmap(Failing())
    try:
        headers: dict[str, str] = {"kept": "as it is"}
        telemetry.inject(headers, telemetry_context())
    finally:
        propagate.set_global_textmap(real)
    assert headers == {"kept": "as it is"}


def telemetry_context() -> Any:
    from opentelemetry.context import get_current

    return get_current()


LATE = """
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from spanwright.instrumentors._kernel.operation import open_operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Inference

    telemetry = Telemetry("tests", "1")
    open_operation(telemetry, Inference("chat", "acme")).finish()
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([reader]))
    open_operation(telemetry, Inference("chat", "acme")).finish()
    scopes = reader.get_metrics_data().resource_metrics[0].scope_metrics
    print(len(exporter.get_finished_spans()), [m.name for s in scopes for m in s.metrics])
"""


def test_providers_that_are_set_after_instrumenting_are_found() -> None:
    """In a process of its own, since a global provider is set once."""
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LATE)], check=True, capture_output=True, text=True
    )
    assert found.stdout == "1 ['gen_ai.client.operation.duration']\n"
