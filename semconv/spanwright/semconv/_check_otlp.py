# SPDX-License-Identifier: Apache-2.0
"""OTLP documents in JSON, as exporters send and collectors store them, in neutral form.

The JSON mapping of protobuf leaves choices: enums are numbers or names, 64-bit integers are text or numbers,
and fields that hold a default are absent. All of them are read; what fits none of them is left out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from spanwright.semconv._check_forms import Point, Record, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KINDS: Final = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUSES: Final = ("UNSET", "OK", "ERROR")
# Bits of the flags of a span which tell that it is known where the parent is, and that it is remote.
KNOWN_REMOTE: Final = 0x300
DEEPEST: Final = 64
NESTED: Final = "it is nested too deeply"
EMPTY: Final = "there are neither resourceSpans nor resourceMetrics nor resourceLogs in it"

Json = dict[str, Any]
Item = Span | Point | Record


def from_otlp_text(text: str) -> list[Item]:
    """Read a file: one document, or one per line as the collector's file exporter writes them.

    Raises ValueError when it is no JSON, or holds no telemetry at all.
    """
    try:
        documents = _documents(text)
    except RecursionError as error:
        raise ValueError(NESTED) from error
    if not any(key in document for document in documents for key in READERS):
        raise ValueError(EMPTY)
    return [item for document in documents for item in from_otlp(document)]


def from_otlp(document: Json) -> list[Item]:
    """Read every span, metric point and log record of one OTLP document."""
    return [
        item for key, read in READERS.items() for resource in _list(document, key) for item in read(resource)
    ]


def _documents(text: str) -> list[Json]:
    try:
        found: list[object] = [json.loads(text)]
    except ValueError:
        # Not `splitlines`: it would part a line at characters that may stand in a string.
        found = list(_whole([line for line in text.split("\n") if line.strip()]))
    return [cast("Json", document) for document in found if isinstance(document, dict)]


def _whole(lines: Sequence[str]) -> Iterator[object]:
    """Read the lines; one that was cut off, by a full disk or because its writer was killed, is left out."""
    for number, line in enumerate(lines):
        found = _line(line)
        if found is not None:
            yield found
        elif not number or not line.startswith('{"resource'):
            message = f"line {number + 1} is no JSON"
            raise ValueError(message)


def _line(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _spans(resource: Json) -> Iterator[Item]:
    for group in _list(resource, "scopeSpans"):
        for span in _list(group, "spans"):
            status = _object(span, "status")
            flags = _integer(span.get("flags"))
            yield Span(
                name=_text(span, "name"),
                kind=_enum(span.get("kind"), KINDS, "SPAN_KIND_"),
                attributes=_attributes(span),
                status=_enum(status.get("code"), STATUSES, "STATUS_CODE_"),
                description=_text(status, "message"),
                events=tuple(_text(event, "name") for event in _list(span, "events")),
                scope=_text(_object(group, "scope"), "name"),
                trace_id=_text(span, "traceId"),
                span_id=_text(span, "spanId"),
                parent_id=_text(span, "parentSpanId"),
                remote_parent=flags & KNOWN_REMOTE == KNOWN_REMOTE,
            )


def _metrics(resource: Json) -> Iterator[Item]:
    for group in _list(resource, "scopeMetrics"):
        for metric in _list(group, "metrics"):
            for data, instrument in DATA.items():
                held = _object(metric, data)
                for point in _list(held, "dataPoints"):
                    yield Point(
                        name=_text(metric, "name"),
                        instrument="updowncounter"
                        if data == "sum" and not held.get("isMonotonic")
                        else instrument,
                        unit=_text(metric, "unit"),
                        attributes=_attributes(point),
                        value=_number(point),
                        bounds=tuple(_floats(point.get("explicitBounds"))),
                        scope=_text(_object(group, "scope"), "name"),
                    )


def _records(resource: Json) -> Iterator[Item]:
    for group in _list(resource, "scopeLogs"):
        for record in _list(group, "logRecords"):
            attributes = _attributes(record)
            yield Record(
                name=_text(record, "eventName") or str(attributes.get("event.name") or ""),
                attributes=attributes,
                severity=_severity(record.get("severityNumber")),
                body=_value(record.get("body"), 0),
                scope=_text(_object(group, "scope"), "name"),
                trace_id=_text(record, "traceId"),
                span_id=_text(record, "spanId"),
            )


READERS: Final = {"resourceSpans": _spans, "resourceMetrics": _metrics, "resourceLogs": _records}
DATA: Final = {
    "sum": "counter",
    "gauge": "gauge",
    "histogram": "histogram",
    "exponentialHistogram": "histogram",
}
SEVERITIES: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def _attributes(item: Json) -> dict[str, object]:
    pairs = ((_text(pair, "key"), pair.get("value")) for pair in _list(item, "attributes"))
    return {key: _value(value, 0) for key, value in pairs if key}


def _value(value: object, depth: int) -> object:
    if not isinstance(value, dict) or depth > DEEPEST:
        return None
    held = cast("Json", value)
    if "intValue" in held:
        return _integer(held["intValue"])
    if "arrayValue" in held:
        return [_value(item, depth + 1) for item in _list(_object(held, "arrayValue"), "values")]
    if "kvlistValue" in held:
        pairs = _list(_object(held, "kvlistValue"), "values")
        return {_text(pair, "key"): _value(pair.get("value"), depth + 1) for pair in pairs}
    if "doubleValue" in held:
        return next(iter(_floats([held["doubleValue"]])), None)
    return held.get("stringValue", held.get("boolValue", held.get("bytesValue")))


def _list(item: Json, key: str) -> list[Json]:
    """Read a repeated message; what is no object in it is left out."""
    found = item.get(key)
    items = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Json", entry) for entry in items if isinstance(entry, dict)]


def _object(item: Json, key: str) -> Json:
    found = item.get(key)
    return cast("Json", found) if isinstance(found, dict) else {}


def _text(item: Json, key: str) -> str:
    found = item.get(key)
    return found if isinstance(found, str) else ""


def _integer(value: object) -> int:
    if isinstance(value, (int, float, str)):
        try:
            return int(value)
        except (ValueError, OverflowError):
            return 0
    return 0


def _floats(values: object) -> Iterator[float]:
    """Read doubles, of which JSON has to write the odd ones as text."""
    for value in cast("list[object]", values) if isinstance(values, list) else ():
        if isinstance(value, (int, float, str)):
            try:
                yield float(value)
            except (ValueError, OverflowError):
                continue


def _number(point: Json) -> float | None:
    if "asInt" in point:
        return _integer(point["asInt"])
    return next(iter(_floats([point.get("asDouble")])), None)


def _enum(value: object, known: tuple[str, ...], prefix: str) -> str:
    if isinstance(value, str) and not value.isdigit():
        return value.removeprefix(prefix)
    index = _integer(value)
    return known[index] if 0 <= index < len(known) else known[0]


def _severity(value: object) -> int:
    """Read a severity number; names are SEVERITY_NUMBER_DEBUG, then ...DEBUG2 to ...DEBUG4."""
    if not isinstance(value, str) or value.isdigit():
        return _integer(value)
    name = value.removeprefix("SEVERITY_NUMBER_")
    base = name.rstrip("234")
    return SEVERITIES.index(base) * 4 + int(name[len(base) :] or 1) if base in SEVERITIES else 0
