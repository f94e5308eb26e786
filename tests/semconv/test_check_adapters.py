# SPDX-License-Identifier: Apache-2.0
"""Telemetry comes into neutral form from SDK objects and from OTLP."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode

from semconv.forms import CALL, LABELS
from semconv.otlp import GOOD, pairs, spans
from spanwright.semconv.check import (
    Point,
    Record,
    Span,
    from_otlp,
    from_otlp_text,
    from_sdk_log,
    from_sdk_metrics,
    from_sdk_span,
)


def test_a_span_of_the_sdk_comes_into_neutral_form() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("lib")
    with tracer.start_as_current_span("app"), tracer.start_as_current_span("x", kind=SpanKind.CLIENT) as span:
        span.set_attributes({"gen_ai.usage.input_tokens": 3, "gen_ai.response.finish_reasons": ["stop"]})
        span.add_event("done")
        span.set_status(Status(StatusCode.ERROR, "why"))
    inner, outer = map(from_sdk_span, exporter.get_finished_spans())
    assert inner == Span(
        name="x",
        kind="CLIENT",
        attributes={"gen_ai.usage.input_tokens": 3, "gen_ai.response.finish_reasons": ("stop",)},
        status="ERROR",
        description="why",
        events=("done",),
        scope="lib",
        trace_id=outer.trace_id,
        span_id=inner.span_id,
        parent_id=outer.span_id,
    )
    assert (len(inner.trace_id), len(inner.span_id), outer.parent_id) == (32, 16, "")


def test_metrics_of_the_sdk_come_into_neutral_form() -> None:
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader]).get_meter("lib")
    advised = [0.5, 1.0]
    meter.create_histogram("h", "s", explicit_bucket_boundaries_advisory=advised).record(1.5, LABELS)
    meter.create_counter("c", "{token}").add(2, LABELS)
    meter.create_up_down_counter("u").add(-1)
    assert from_sdk_metrics(reader.get_metrics_data()) == [
        Point("h", "histogram", "s", LABELS, None, (0.5, 1.0), "lib"),
        Point("c", "counter", "{token}", LABELS, 2, (), "lib"),
        Point("u", "updowncounter", "", {}, -1, (), "lib"),
    ]
    assert from_sdk_metrics(None) == []


def test_a_log_record_of_the_sdk_comes_into_neutral_form() -> None:
    exporter, event = _emitted()
    assert [from_sdk_log(log) for log in exporter] == [
        Record(
            "gen_ai.evaluation.result",
            {"gen_ai.evaluation.name": "tone"},
            9,
            "text",
            "lib",
            event[0],
            event[1],
        ),
    ]


def _emitted() -> tuple[Any, tuple[str, str]]:
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    with TracerProvider().get_tracer("lib").start_as_current_span("app") as span:
        context = span.get_span_context()
        provider.get_logger("lib").emit(
            LogRecord(
                event_name="gen_ai.evaluation.result",
                attributes={"gen_ai.evaluation.name": "tone"},
                severity_number=SeverityNumber.INFO,
                body="text",
            ),
        )
    return exporter.get_finished_logs(), (f"{context.trace_id:032x}", f"{context.span_id:016x}")


def test_spans_of_otlp_come_into_neutral_form() -> None:
    flags = {"parentSpanId": "p", "flags": 0x301, "events": [{"name": "done"}]}
    [span] = from_otlp(spans({**GOOD, **flags, "status": {"code": "STATUS_CODE_ERROR", "message": "why"}}))
    expected = {**CALL, "gen_ai.response.finish_reasons": ["stop"]}
    assert span == Span(
        "chat gpt-5",
        "CLIENT",
        expected,
        "ERROR",
        "why",
        ("done",),
        "lib",
        "t",
        "s",
        "p",
        remote_parent=True,
    )


def test_metrics_of_otlp_come_into_neutral_form() -> None:
    point = {"attributes": pairs(LABELS), "explicitBounds": [1, "2.5"], "sum": 3.0}
    held = [
        {"name": "h", "unit": "s", "histogram": {"dataPoints": [point]}},
        {"name": "c", "sum": {"isMonotonic": True, "dataPoints": [{"asInt": "3"}]}},
        {"name": "u", "sum": {"dataPoints": [{"asDouble": 1.5}]}},
        {"name": "g", "gauge": {"dataPoints": [{"asInt": 1}]}},
        {"name": "e", "exponentialHistogram": {"dataPoints": [{}]}},
    ]
    assert from_otlp({"resourceMetrics": [{"scopeMetrics": [{"metrics": held}]}]}) == [
        Point("h", "histogram", "s", LABELS, None, (1.0, 2.5)),
        Point("c", "counter", "", {}, 3),
        Point("u", "updowncounter", "", {}, 1.5),
        Point("g", "gauge", "", {}, 1),
        Point("e", "histogram", ""),
    ]


@pytest.mark.parametrize(
    ("severity", "number"),
    [(5, 5), ("5", 5), ("SEVERITY_NUMBER_DEBUG", 5), ("SEVERITY_NUMBER_WARN2", 14), ("x", 0)],
)
def test_log_records_of_otlp_come_into_neutral_form(severity: object, number: int) -> None:
    messages = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]
    held = {
        "severityNumber": severity,
        "attributes": pairs({"event.name": "e", "m": messages}),
        "body": {"stringValue": "b"},
        "traceId": "t",
    }
    [record] = from_otlp({"resourceLogs": [{"scopeLogs": [{"logRecords": [held]}]}]})
    assert record == Record("e", {"event.name": "e", "m": messages}, number, "b", trace_id="t")


def test_a_file_may_hold_one_document_or_one_per_line() -> None:
    document = spans(GOOD)
    assert from_otlp_text(json.dumps(document, indent=2)) == from_otlp(document)
    assert from_otlp_text(f"{json.dumps(document)}\n\n{json.dumps(document)}\n") == from_otlp(document) * 2


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"a": 1}\n{', "[" * 100_000])
def test_what_is_not_otlp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        from_otlp_text(text)


def test_the_oracle_imports_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import spanwright.semconv.check\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(new - sys.stdlib_module_names))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert found.stdout.split() == ["spanwright"]
