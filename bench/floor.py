# SPDX-License-Identifier: Apache-2.0
"""The floor: the same span and the same metric records, made by hand with the plain SDK around the same call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach, detach
from opentelemetry.trace import SpanKind, set_span_in_context

from spanwright.semconv.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opentelemetry.sdk.trace import ReadableSpan

    from harness import Recorder


@dataclass
class Shape:
    """What an instrumented call emitted, to be emitted again by hand."""

    name: str
    kind: SpanKind
    start: dict[str, Any]
    end: dict[str, Any]
    points: list[tuple[Callable[..., None], float, dict[str, Any]]]

    def contents(self) -> list[Any]:
        """Return the content of the span as plain data, for the cost of serialising it."""
        everything = (*self.start.values(), *self.end.values())
        return [json.loads(v) for v in everything if isinstance(v, str) and v[:1] in ("[", "{")]


# Known when the span starts; everything else is learnt from the answer.
_AT_END = (
    "gen_ai.response.",
    "gen_ai.usage.",
    "gen_ai.output.messages",
    "openai.response.",
    "http.response.",
    "network.",
)


def shape_of(span: ReadableSpan, recorder: Recorder, meter: Any) -> Shape:
    """Return the shape of one span and of the metric points that an operation like it records."""
    attributes = dict(span.attributes or {})
    start = {k: v for k, v in attributes.items() if not k.startswith(_AT_END)}
    end = {k: v for k, v in attributes.items() if k.startswith(_AT_END)}
    points = []
    for point in recorder.points():
        if not _belongs(point.metric, point.labels, attributes):
            continue
        fact = METRICS[point.metric]
        histogram = meter.create_histogram(
            point.metric, fact.unit, explicit_bucket_boundaries_advisory=list(fact.buckets)
        )
        points.append((histogram.record, point.sum / max(point.count, 1), point.labels))
    return Shape(span.name, span.kind, start, end, points)


def _belongs(metric: str, labels: dict[str, Any], attributes: dict[str, Any]) -> bool:
    """Tell whether a metric point belongs to a span with these attributes: its labels are among them."""
    if metric.startswith("gen_ai.invoke_agent") != (
        attributes.get("gen_ai.operation.name") == "invoke_agent"
    ):
        # A tool's span names its agent as well.
        return False
    known = {k: v for k, v in labels.items() if k in attributes}
    named = [k for k in labels if k in ("gen_ai.operation.name", "http.request.method", "gen_ai.tool.name")]
    return (
        bool(known)
        and all(attributes[k] == v for k, v in known.items())
        and all(k in attributes for k in named)
    )


class Floor:
    """Makes the span and the points of one shape by hand."""

    def __init__(self, tracer: Any, shape: Shape) -> None:
        self._tracer = tracer
        self._shape = shape

    def around(self, call: Callable[[], object]) -> object:
        """Run `call` inside the span."""
        shape = self._shape
        span = self._tracer.start_span(shape.name, kind=shape.kind, attributes=shape.start)
        context = set_span_in_context(span)
        token = attach(context)
        try:
            return call()
        finally:
            detach(token)
            self._end(span, context, shape)

    async def around_async(self, call: Callable[[], Awaitable[object]]) -> None:
        """Do the same around an awaitable."""
        shape = self._shape
        span = self._tracer.start_span(shape.name, kind=shape.kind, attributes=shape.start)
        context = set_span_in_context(span)
        token = attach(context)
        try:
            await call()
        finally:
            detach(token)
        self._end(span, context, shape)

    def _end(self, span: Any, context: Any, shape: Shape) -> None:
        if shape.end:
            span.set_attributes(shape.end)
        span.end()
        for record, value, labels in shape.points:
            record(value, labels, context)
