# SPDX-License-Identifier: Apache-2.0
"""Rows for the page: a summary of each span and log record, and apart from it the detail that few will look at."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from spanwright.console import _keys as keys
from spanwright.console import _otlp as otlp
from spanwright.console._facts import read, text
from spanwright.console._figures import one_line
from spanwright.console._forest import span_id, started, trace_id
from spanwright.console._totals import price_of
from spanwright.semconv import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.sdk.trace import ReadableSpan

    from spanwright.console._facts import Facts

Row = tuple[dict[str, Any], str]
"""A summary, and the detail as JSON on one line of ASCII, empty when there is none."""

_MILLISECOND = 1_000_000
_EXACT = 2**53  # integers up to here are themselves in JavaScript


class Rows:
    """Reads documents one after another, and counts those that are no OTLP."""

    def __init__(self) -> None:
        self._resources: dict[str, int] = {}
        self.unreadable = 0

    def of(self, document: Any) -> list[Row]:
        """Read one document, wholly or not at all."""
        known = dict(self._resources)
        try:
            return [*self._spans(document), *self._logs(document)]
        except otlp.ODD:
            self._resources = known  # their rows are lost with the others
            self.unreadable += 1
            return []

    def _spans(self, document: Any) -> Iterator[Row]:
        for span in otlp.read(document):
            resource = dict(span.resource.attributes)
            known = len(self._resources)
            number = self._resources.setdefault(as_json(resource), known)
            if number == known:
                yield {"type": "resource", "resource": number, "attributes": pairs(resource)}, ""
            yield _summary(span, number), as_json(_detail(span))

    def _logs(self, document: Any) -> Iterator[Row]:
        for of_resource in document.get("resourceLogs", ()):
            for of_scope in of_resource.get("scopeLogs", ()):
                for record in of_scope.get("logRecords", ()):
                    yield from _log(record)


def as_json(value: Any) -> str:
    """Write ASCII alone: no character of a foreign text can end a line, a script or a string."""
    return json.dumps(value, separators=(",", ":"), default=str).replace("<", "\\u003c")


def pairs(attributes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Keep keys out of objects: some, such as `__proto__`, mean something to them."""
    return [(key, _plain(value)) for key, value in attributes.items()]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType] - of any type
    return value


def _milliseconds(nanoseconds: int) -> float:
    return nanoseconds / _MILLISECOND


def _summary(span: ReadableSpan, resource: int) -> dict[str, Any]:
    facts = read(span)
    attributes = span.attributes or {}
    parent = span.parent
    found = {
        "type": "span",
        "trace": f"{trace_id(span):032x}",
        "span": f"{span_id(span):016x}",
        "parent": f"{parent.span_id:016x}" if parent else None,
        "kind": facts.kind.value,
        "verb": facts.verb,
        "target": facts.target or facts.detail or one_line(span.name),
        "path": facts.detail,
        "start": _milliseconds(started(span)),
        "took": _milliseconds(facts.duration),
        "first": None if facts.first_chunk is None else _milliseconds(facts.first_chunk),
        "error": facts.error,
        "notes": list(facts.notes),
        "usage": _usage(facts),
        "cost": _cost(span, facts),
        "model": text(attributes, names.GEN_AI_REQUEST_MODEL, names.GEN_AI_RESPONSE_MODEL),
        "agent": text(attributes, names.GEN_AI_AGENT_NAME),
        "service": text(span.resource.attributes, keys.SERVICE_NAME),
    }
    return {key: value for key, value in found.items() if value not in ("", None, [])} | {
        "resource": resource
    }


def _usage(facts: Facts) -> list[int] | None:
    usage = facts.usage
    if not usage:
        return None
    return [usage.input, usage.output, usage.cached, usage.written, usage.reasoning]


def _cost(span: ReadableSpan, facts: Facts) -> float | None:
    price = price_of(span, facts)
    return None if price is None else float(price)


def _detail(span: ReadableSpan) -> dict[str, Any]:
    scope = span.instrumentation_scope
    return {
        "name": span.name,
        "role": span.kind.name.lower(),
        "scope": f"{scope.name} {scope.version or ''}".strip() if scope else "",
        "status": span.status.description or "",
        "attributes": pairs(span.attributes or {}),
        "events": [
            {
                "name": event.name,
                "time": _milliseconds(event.timestamp),
                "attributes": pairs(event.attributes or {}),
            }
            for event in span.events
        ],
        "links": [f"{link.context.trace_id:032x}/{link.context.span_id:016x}" for link in span.links],
    }


def _log(record: dict[str, Any]) -> Iterator[Row]:
    if not record.get("traceId"):
        return  # what stands in no trace has no place on the page
    event = one_line(str(record.get("eventName") or ""))
    summary = {
        "type": "log",
        "trace": f"{otlp.identifier(record['traceId']):032x}",
        "span": f"{otlp.identifier(record.get('spanId') or '0'):016x}",
        "time": _milliseconds(int(record.get("timeUnixNano") or record.get("observedTimeUnixNano") or 0)),
        "severity": one_line(str(record.get("severityText") or "")),
        "event": event,
    }
    body = otlp.value(record.get("body") or {})
    detail = {"body": _plain(body), "attributes": pairs(otlp.attributes(record.get("attributes", ())))}
    yield summary, as_json(detail)
