# SPDX-License-Identifier: Apache-2.0
"""Files as a program writes them that records itself: OTLP JSON, one batch a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EPOCH = 1_790_000_000_000  # milliseconds
TRACE = "5b8aa5a2d2c872e8321cf37308d69df2"


def typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list) and not any(isinstance(item, (dict, list, type(None))) for item in value):
        return {"arrayValue": {"values": [typed(item) for item in value]}}
    return {"stringValue": value if isinstance(value, str) else json.dumps(value)}


def pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": typed(value)} for key, value in attributes.items()]


def nanoseconds(milliseconds: float) -> str:
    return str(int((EPOCH + milliseconds) * 1_000_000))


def span(
    number: int,
    name: str,
    *,
    under: int = 0,
    at: float = 0,
    took: float = 10,
    trace: str = TRACE,
    kind: int = 1,
    error: str | None = None,
    events: Iterable[dict[str, Any]] = (),
    **attributes: Any,
) -> dict[str, Any]:
    """Tell a span; `request__model` stands for `gen_ai.request.model`, and `raw` for attributes by their own names."""
    raw = attributes.pop("raw", {})
    named = {f"gen_ai.{key.replace('__', '.')}": value for key, value in attributes.items()}
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        **({"parentSpanId": f"{under:016x}"} if under else {}),
        "name": name,
        "kind": kind,
        "startTimeUnixNano": nanoseconds(at),
        "endTimeUnixNano": nanoseconds(at + took),
        "attributes": pairs({**named, **raw}),
        "events": list(events),
        "status": {"code": 2, "message": error} if error is not None else {},
    }


def operation(number: int, name: str, target: str = "", **told: Any) -> dict[str, Any]:
    """Tell a GenAI operation; the target is a model, an agent or a tool."""
    key = {"invoke_agent": "agent__name", "execute_tool": "tool__name"}.get(name, "request__model")
    client = 3 if name in {"chat", "embeddings"} else 1
    return span(
        number,
        f"{name} {target}".strip(),
        **{"kind": client, "operation__name": name, **({key: target} if target else {}), **told},
    )


def log(number: int, event: str, body: Any = None, *, at: float = 0, **attributes: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "timeUnixNano": nanoseconds(at),
        "severityText": "INFO",
        "eventName": event,
        "body": {} if body is None else typed(body),
        "attributes": pairs({f"gen_ai.{key.replace('__', '.')}": value for key, value in attributes.items()}),
    }


def line(spans: Iterable[dict[str, Any]] = (), logs: Iterable[dict[str, Any]] = ()) -> str:
    resource = {"attributes": pairs({"service.name": "trip-planner"})}
    documents = []
    if spans := list(spans):
        scope = {"scope": {"name": "app", "version": "1"}, "spans": spans}
        documents.append({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]})
    if logs := list(logs):
        documents.append({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": logs}]}]})
    return "".join(json.dumps(document) + "\n" for document in documents)


def write(path: Path, spans: Iterable[dict[str, Any]] = (), logs: Iterable[dict[str, Any]] = ()) -> Path:
    path.write_text(line(spans, logs), "utf-8")
    return path
