# SPDX-License-Identifier: Apache-2.0
"""Correct telemetry in neutral form, from which a test departs by one detail."""

from __future__ import annotations

import json
from typing import Any

from spanwright.semconv.check import Item, Point, Record, Span, check

DURATION = "gen_ai.client.operation.duration"
USAGE = "gen_ai.client.token.usage"
DETAILS = "gen_ai.client.inference.operation.details"
CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "gpt-5-2026",
    "gen_ai.response.id": "resp_1",
    "gen_ai.response.finish_reasons": ("stop",),
    "gen_ai.request.temperature": 0.5,
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 5,
    "server.address": "api.openai.com",
    "server.port": 443,
}
FAILED: dict[str, Any] = {"status": "ERROR"}
TEXT = {"type": "text", "content": "hi"}
Case = tuple[str, list[Item], list[Item]]
"""Rule, what obeys it, what breaks it (item by item, except for trees)."""
LABELS = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5"}


def rules(*items: Item, complete: bool = False) -> set[str]:
    """The ids of the rules that some items break."""
    return {finding.rule for finding in check(items, complete=complete)}


def changed(attributes: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Attributes with some set, and those whose change is None left out."""
    return {key: value for key, value in {**attributes, **changes}.items() if value is not None}


def chat(changes: dict[str, Any] | None = None, name: str = "chat gpt-5", **fields: Any) -> Span:
    """A model call."""
    return Span(**{"name": name, "kind": "CLIENT", **fields}, attributes=changed(CALL, changes or {}))


def operation(name: str, attributes: dict[str, Any], kind: str = "INTERNAL", **fields: Any) -> Span:
    """Another operation, whose name begins with its operation."""
    return Span(name, kind, {"gen_ai.operation.name": name.partition(" ")[0], **attributes}, **fields)


def tool(changes: dict[str, Any] | None = None, name: str = "execute_tool weather", **fields: Any) -> Span:
    """A tool run."""
    return operation(name, changed({"gen_ai.tool.name": "weather"}, changes or {}), **fields)


def agent(changes: dict[str, Any] | None = None, name: str = "invoke_agent Clerk", **fields: Any) -> Span:
    """An agent run in this process."""
    return operation(name, changed({"gen_ai.agent.name": "Clerk"}, changes or {}), **fields)


def fetch(changes: dict[str, Any] | None = None) -> Span:
    """A look at a stored response."""
    attributes = {"gen_ai.provider.name": "openai", "gen_ai.response.id": "resp_1"}
    return operation("fetch_response", changed(attributes, changes or {}), "CLIENT")


def mcp(changes: dict[str, Any] | None = None, kind: str = "CLIENT", **fields: Any) -> Span:
    """A tool call by MCP."""
    attributes = {
        "mcp.method.name": "tools/call",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "weather",
        "jsonrpc.request.id": "7",
    }
    return Span(
        **{"name": "tools/call weather", **fields},
        kind=kind,
        attributes=changed(attributes, changes or {}),
    )


def stored(changes: dict[str, Any] | None = None, name: str = "upsert books", **fields: Any) -> Span:
    """A plain call of a vector store."""
    attributes = {
        "db.system.name": "qdrant",
        "db.operation.name": "upsert",
        "db.collection.name": "books",
        "server.address": "127.0.0.1",
        "server.port": 6333,
    }
    return Span(**{"name": name, "kind": "CLIENT", **fields}, attributes=changed(attributes, changes or {}))


def request(changes: dict[str, Any] | None = None, name: str = "POST", **fields: Any) -> Span:
    """An HTTP request on the wire."""
    attributes = {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "server.address": "api.openai.com",
        "server.port": 443,
        "url.full": "https://api.openai.com/v1/responses",
    }
    return Span(**{"name": name, "kind": "CLIENT", **fields}, attributes=changed(attributes, changes or {}))


def duration(changes: dict[str, Any] | None = None, **fields: Any) -> Point:
    """A recorded duration."""
    return Point(
        **{"name": DURATION, "instrument": "histogram", "unit": "s", **fields},
        attributes=changed(LABELS, changes or {}),
    )


def usage(changes: dict[str, Any] | None = None, **fields: Any) -> Point:
    """A recorded number of tokens."""
    labels = changed({**LABELS, "gen_ai.token.type": "input"}, changes or {})
    return Point(**{"name": USAGE, "instrument": "histogram", "unit": "{token}", **fields}, attributes=labels)


def counted(changes: dict[str, Any] | None = None, **fields: Any) -> Point:
    """A number of tokens added to a counter."""
    labels = changed({**LABELS, "gen_ai.token.modality": "text"}, changes or {})
    name = "gen_ai.client.inference.usage.input_tokens"
    return Point(
        **{"name": name, "instrument": "counter", "unit": "{token}", "value": 3, **fields},
        attributes=labels,
    )


def details(changes: dict[str, Any] | None = None, **fields: Any) -> Record:
    """A details event."""
    return Record(**{"name": DETAILS, "severity": 5, **fields}, attributes=changed(CALL, changes or {}))


def said(*parts: Any, role: str = "user") -> list[dict[str, Any]]:
    """Messages with one message of some parts."""
    return [{"role": role, "parts": list(parts)}]


def asked(*parts: Any) -> Span:
    """A model call with some parts in its input, as a span holds them."""
    return chat({"gen_ai.input.messages": json.dumps(said(*parts))})


def outer(span: Span, inner: Span, *between: Span) -> list[Item]:
    """Put spans into one another."""
    chain = [span, *between, inner]
    return [
        Span(
            one.name,
            one.kind,
            one.attributes,
            trace_id="t",
            span_id=str(depth),
            parent_id=str(depth - 1) if depth else "",
        )
        for depth, one in enumerate(chain)
    ]


def written(key: str, value: Any) -> Span:
    """A model call with some content on its span."""
    return chat({key: value if isinstance(value, str) else json.dumps(value)})
