# SPDX-License-Identifier: Apache-2.0
"""OTLP documents as exporters write them."""

from __future__ import annotations

from typing import Any

from semconv.forms import CALL


def pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes in OTLP."""
    return [{"key": key, "value": otlp(value)} for key, value in attributes.items()]


def otlp(value: Any) -> dict[str, Any]:
    """One value in OTLP."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [otlp(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": pairs(value)}}
    kind = {int: "intValue", float: "doubleValue"}.get(type(value), "stringValue")
    return {kind: str(value) if kind == "intValue" else value}


def spans(*found: dict[str, Any]) -> dict[str, Any]:
    """Spans in OTLP."""
    return {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "lib"}, "spans": list(found)}]}]}


GOOD = {"name": "chat gpt-5", "kind": 3, "traceId": "t", "spanId": "s", "attributes": pairs(CALL)}
BAD = {**GOOD, "kind": "SPAN_KIND_SERVER", "status": {"code": 1}}
