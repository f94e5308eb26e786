# SPDX-License-Identifier: Apache-2.0
"""Objects of the OpenTelemetry SDK in neutral form, read by attribute so that it is not imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.semconv._check_forms import Point, Record, Span

if TYPE_CHECKING:
    from collections.abc import Mapping


def from_sdk_span(span: Any) -> Span:
    """Read one finished `ReadableSpan`."""
    context, parent = span.context, span.parent
    return Span(
        name=span.name,
        kind=span.kind.name,
        attributes=_attributes(span),
        status=span.status.status_code.name,
        description=span.status.description or "",
        events=tuple(event.name for event in span.events),
        scope=_scope(span),
        trace_id=f"{context.trace_id:032x}",
        span_id=f"{context.span_id:016x}",
        parent_id=f"{parent.span_id:016x}" if parent else "",
        remote_parent=bool(parent and parent.is_remote),
    )


def from_sdk_metrics(data: Any) -> list[Point]:
    """Read every point of a `MetricsData`; a reader gives None when nothing was recorded."""
    return [
        _point(metric, point, scope.scope.name)
        for resource in getattr(data, "resource_metrics", ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    ]


def from_sdk_log(log: Any) -> Record:
    """Read one finished log record, or what holds one together with its scope."""
    record = getattr(log, "log_record", log)
    attributes = _attributes(record)
    severity = getattr(record, "severity_number", None)
    trace_id, span_id = getattr(record, "trace_id", None), getattr(record, "span_id", None)
    return Record(
        name=getattr(record, "event_name", None) or str(attributes.get("event.name") or ""),
        attributes=attributes,
        severity=severity.value if severity is not None else 0,
        body=record.body,
        scope=_scope(log),
        trace_id=f"{trace_id:032x}" if trace_id else "",
        span_id=f"{span_id:016x}" if span_id else "",
    )


def _point(metric: Any, point: Any, scope: str) -> Point:
    bounds = getattr(point, "explicit_bounds", None)
    if hasattr(metric.data, "is_monotonic"):
        instrument = "counter" if metric.data.is_monotonic else "updowncounter"
    else:
        instrument = "gauge" if hasattr(point, "value") else "histogram"
    return Point(
        name=metric.name,
        instrument=instrument,
        unit=metric.unit or "",
        attributes=dict(point.attributes or {}),
        value=getattr(point, "value", None),
        bounds=tuple(bounds or ()),
        scope=scope,
    )


def _attributes(item: Any) -> Mapping[str, object]:
    return dict(item.attributes or {})


def _scope(item: Any) -> str:
    return getattr(getattr(item, "instrumentation_scope", None), "name", None) or ""
