# SPDX-License-Identifier: Apache-2.0
"""Spans from an OTLP JSON file, as a collector's file exporter writes it: one document, or one a line."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The encoding allows an enum's number as well as its name.
_KINDS: dict[int | str, SpanKind] = {
    2: SpanKind.SERVER,
    "SPAN_KIND_SERVER": SpanKind.SERVER,
    3: SpanKind.CLIENT,
    "SPAN_KIND_CLIENT": SpanKind.CLIENT,
    4: SpanKind.PRODUCER,
    "SPAN_KIND_PRODUCER": SpanKind.PRODUCER,
    5: SpanKind.CONSUMER,
    "SPAN_KIND_CONSUMER": SpanKind.CONSUMER,
}
_ERROR_CODES = {2, "STATUS_CODE_ERROR"}
_HEX_DIGITS = {16, 32}


def spans(text: str) -> list[ReadableSpan]:
    """Read every span in the text; `ValueError` says what it is when it is no OTLP JSON or holds no span."""
    try:
        found = [span for document in _documents(text) for span in _spans(document)]
    # Whatever shape the file has instead, one word about it serves the reader better than our traceback.
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        message = f"not OTLP JSON ({type(error).__name__}: {error})"
        raise ValueError(message) from error
    if not found:
        message = "no spans in it"
        raise ValueError(message)
    return found


def _documents(text: str) -> Iterator[Any]:
    """Find the documents, whether they stand alone, in a list, on lines or back to back.

    A program that was killed, or whose disk was full, can leave a line without its end: what follows it is read.
    """
    decoder = json.JSONDecoder()
    text = text.strip().removeprefix("\ufeff")
    position, found = 0, False
    while position < len(text):
        try:
            document, position = decoder.raw_decode(text, position)
        except ValueError:
            following = text.find('\n{"resource', position)
            if not found and following < 0:
                raise
            position = following + 1 if following >= 0 else len(text)
            continue
        found = True
        yield from document if isinstance(document, list) else [document]
        while position < len(text) and text[position].isspace():
            position += 1


def _spans(document: Any) -> Iterator[ReadableSpan]:
    for of_resource in document.get("resourceSpans", ()):
        resource = Resource(_attributes(of_resource.get("resource", {}).get("attributes", ())))
        for of_scope in of_resource.get("scopeSpans", ()):
            for span in of_scope.get("spans", ()):
                yield _span(span, resource)


def _span(span: dict[str, Any], resource: Resource) -> ReadableSpan:
    trace_id, parent_id = _identifier(span["traceId"]), _identifier(span.get("parentSpanId") or "0")
    status: dict[str, Any] = span.get("status", {})
    failed = status.get("code") in _ERROR_CODES
    return ReadableSpan(
        name=str(span.get("name", "")),
        context=SpanContext(trace_id, _identifier(span["spanId"]), is_remote=False),
        parent=SpanContext(trace_id, parent_id, is_remote=False) if parent_id else None,
        resource=resource,
        attributes=_attributes(span.get("attributes", ())),
        events=[
            Event(str(event.get("name", "")), _attributes(event.get("attributes", ())))
            for event in span.get("events", ())
        ],
        kind=_KINDS.get(span.get("kind", 0), SpanKind.INTERNAL),
        status=Status(StatusCode.ERROR, status.get("message")) if failed else Status(),
        start_time=int(span["startTimeUnixNano"]),
        end_time=int(span.get("endTimeUnixNano") or span["startTimeUnixNano"]),
    )


def _identifier(text: str) -> int:
    """Read an id in hex, as OTLP demands, or in base64, as generic protobuf tools write it."""
    if text == "0" or len(text) in _HEX_DIGITS:
        return int(text, 16)
    return int.from_bytes(base64.b64decode(text), "big")


def _attributes(pairs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {str(pair["key"]): _value(pair.get("value", {})) for pair in pairs}


def _value(value: dict[str, Any]) -> Any:
    if "intValue" in value:
        return int(value["intValue"])
    if "arrayValue" in value:
        return [_value(item) for item in value["arrayValue"].get("values", ())]
    if "kvlistValue" in value:
        return json.dumps(_attributes(value["kvlistValue"].get("values", ())), ensure_ascii=False)
    return next(iter(value.values()), None)
