# SPDX-License-Identifier: Apache-2.0
"""Spans from an OTLP JSON file, as a collector's file exporter writes it: one document, or one a line."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode

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
# What reading raises when a document has another shape than OTLP's.
ODD = (AttributeError, KeyError, RecursionError, TypeError, ValueError)


def spans(text: str) -> list[ReadableSpan]:
    """Read every span in the text; `ValueError` says what it is when it is no OTLP JSON or holds no span."""
    try:
        found = [span for document in documents(text) for span in read(document)]
    except json.JSONDecodeError as error:
        message = f"not OTLP JSON (line {error.lineno}: {error.msg.lower()})"
        raise ValueError(message) from error
    # Whatever shape the file has instead, one word about it serves the reader better than our traceback.
    except ODD as error:
        message = f"not OTLP JSON ({type(error).__name__}: {error})"
        raise ValueError(message) from error
    if not found:
        message = "no spans in it" if text.strip() else "it is empty"
        raise ValueError(message)
    return found


def documents(text: str) -> Iterator[Any]:
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


def read(document: Any) -> Iterator[ReadableSpan]:
    """Read the spans of one document."""
    for of_resource in document.get("resourceSpans", ()):
        resource = Resource(attributes(of_resource.get("resource", {}).get("attributes", ())))
        for of_scope in of_resource.get("scopeSpans", ()):
            scope = _scope(of_scope.get("scope", {}))
            for span in of_scope.get("spans", ()):
                yield _span(span, resource, scope)


def _scope(scope: dict[str, Any]) -> InstrumentationScope | None:
    name, version = scope.get("name"), scope.get("version")
    return InstrumentationScope(str(name), str(version) if version else None) if name else None


def _span(span: dict[str, Any], resource: Resource, scope: InstrumentationScope | None) -> ReadableSpan:
    trace_id, parent_id = identifier(span["traceId"]), identifier(span.get("parentSpanId") or "0")
    status: dict[str, Any] = span.get("status", {})
    failed = status.get("code") in _ERROR_CODES
    return ReadableSpan(
        name=str(span.get("name", "")),
        context=SpanContext(trace_id, identifier(span["spanId"]), is_remote=False),
        parent=SpanContext(trace_id, parent_id, is_remote=False) if parent_id else None,
        resource=resource,
        attributes=attributes(span.get("attributes", ())),
        events=[
            Event(
                str(event.get("name", "")),
                attributes(event.get("attributes", ())),
                int(event.get("timeUnixNano") or span["startTimeUnixNano"]),
            )
            for event in span.get("events", ())
        ],
        links=[_link(link) for link in span.get("links", ())],
        instrumentation_scope=scope,
        kind=_KINDS.get(span.get("kind", 0), SpanKind.INTERNAL),
        status=Status(StatusCode.ERROR, status.get("message")) if failed else Status(),
        start_time=int(span["startTimeUnixNano"]),
        end_time=int(span.get("endTimeUnixNano") or span["startTimeUnixNano"]),
    )


def _link(link: dict[str, Any]) -> Link:
    context = SpanContext(identifier(link["traceId"]), identifier(link["spanId"]), is_remote=True)
    return Link(context, attributes(link.get("attributes", ())))


def identifier(text: str) -> int:
    """Read an id in hex, as OTLP demands, or in base64, as generic protobuf tools write it."""
    if text == "0" or len(text) in _HEX_DIGITS:
        return int(text, 16)
    return int.from_bytes(base64.b64decode(text), "big")


def attributes(pairs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Read a list of key and value."""
    return {str(pair["key"]): value(pair.get("value", {})) for pair in pairs}


def value(typed: dict[str, Any]) -> Any:
    """Read a value of any of the types; a map becomes its JSON, for OpenTelemetry's API has no maps."""
    if "intValue" in typed:
        return int(typed["intValue"])
    if "arrayValue" in typed:
        return [value(item) for item in typed["arrayValue"].get("values", ())]
    if "kvlistValue" in typed:
        return json.dumps(attributes(typed["kvlistValue"].get("values", ())), ensure_ascii=False)
    return next(iter(typed.values()), None)
