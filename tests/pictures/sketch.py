# SPDX-License-Identifier: Apache-2.0
"""Spans of one test as OTLP JSON without what differs from run to run, and the shape that has to stay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import StatusCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

# Where a test's own server listens; each run has another port.
_PORT = re.compile(r"(127\.0\.0\.1|localhost):\d+")
_LOCAL = {"127.0.0.1", "localhost"}
_SHOWN_PORT = 8080
# What a test makes anew each time, such as a folder.
_PASSING = re.compile(r"(?:/tmp|/var/folders)/[^\s\"']+")  # noqa: S108 - it is looked for, not written to
_LONGEST = 400


def resource_spans(spans: Sequence[ReadableSpan]) -> list[dict[str, Any]]:
    """Return spans as OTLP JSON: ids are counted, times begin at zero, ports are one port."""
    ids = _Ids()
    zero = min(span.start_time or 0 for span in spans)
    scopes: dict[str, list[dict[str, Any]]] = {}
    for span in spans:
        scope = span.instrumentation_scope.name if span.instrumentation_scope else ""
        scopes.setdefault(scope, []).append(_span(span, ids, zero))
    return [
        {
            "scopeSpans": [
                {"scope": {"name": scope}, "spans": found} for scope, found in sorted(scopes.items())
            ]
        }
    ]


def shape(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return what two recordings of one test have in common: names, places, kinds, and keys."""
    spans = [
        span
        for of_resource in document["resourceSpans"]
        for of_scope in of_resource["scopeSpans"]
        for span in of_scope["spans"]
    ]
    by_id = {span["spanId"]: span for span in spans}

    def place(span: dict[str, Any]) -> tuple[str, ...]:
        above = by_id.get(span.get("parentSpanId", ""))
        return (*(place(above) if above else ()), span["name"])

    return sorted(
        (place(span), span["kind"], tuple(pair["key"] for pair in span["attributes"])) for span in spans
    )


class _Ids:
    """Counts ids in the order in which they are seen."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], int] = {}

    def of(self, number: int, digits: int) -> str:
        """Return the id as hex of so many digits."""
        key = (digits, number)
        return f"{self._known.setdefault(key, len(self._known) + 1):0{digits}x}"


def _span(span: ReadableSpan, ids: _Ids, zero: int) -> dict[str, Any]:
    start, end = span.start_time or 0, span.end_time or 0
    context = span.get_span_context()
    assert context
    found = {
        "traceId": ids.of(context.trace_id, 32),
        "spanId": ids.of(context.span_id, 16),
        "name": _steady(span.name),
        "kind": span.kind.value + 1,
        # In microseconds: what is finer is no news to a reader.
        "startTimeUnixNano": str((start - zero) // 1000 * 1000),
        "endTimeUnixNano": str((end - zero) // 1000 * 1000),
        "attributes": [
            {"key": key, "value": _value(value)} for key, value in sorted(_attributes(span).items())
        ],
    }
    if span.parent:
        found["parentSpanId"] = ids.of(span.parent.span_id, 16)
    if span.status.status_code is StatusCode.ERROR:
        found["status"] = {"code": 2, "message": span.status.description or ""}
    return found


def _attributes(span: ReadableSpan) -> dict[str, Any]:
    found = dict(span.attributes or {})
    if found.get("server.address") in _LOCAL and "server.port" in found:
        found["server.port"] = _SHOWN_PORT
    return found


def _steady(text: str) -> str:
    text = _PASSING.sub("/…", _PORT.sub(rf"\1:{_SHOWN_PORT}", text))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": round(value, 6)}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": _steady(str(value))}
