# SPDX-License-Identifier: Apache-2.0
"""Messages of the Model Context Protocol: JSON-RPC parameters and results, as plain JSON or as an SDK's models."""

from __future__ import annotations

from typing import Any, cast

from spanwright.semconv.model import Content, McpMessage
from spanwright.semconv.serial import digest

TOOL_ERROR = "tool_error"
# Codes by which a server says that the client was wrong: no failure of the server.
CLIENT_FAULTS = frozenset(("-32700", "-32600", "-32601", "-32602", "-32002"))
_CALL = "tools/call"
_PROMPT = "prompts/get"
_ABOUT_RESOURCES = (
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "notifications/resources/updated",
)
_VERSION = "io.modelcontextprotocol/protocolVersion"


def message(method: Any, params: Any, *, received: bool = False) -> McpMessage:
    """Return the facts of a request or notification. A resource's address is as it came, secrets and all."""
    found = McpMessage(method if isinstance(method, str) else "", received)
    name = held(params, "name")
    if method == _CALL:
        found.operation = "execute_tool"
        found.tool = name if isinstance(name, str) else None
    elif method == _PROMPT:
        found.prompt = name if isinstance(name, str) else None
    elif method in _ABOUT_RESOURCES and (uri := held(params, "uri")) is not None:
        found.resource_uri = str(uri)
    version = held(held(params, "_meta"), _VERSION)
    found.protocol_version = version if isinstance(version, str) else None
    return found


def identity(value: Any) -> str | None:
    """Return a JSON-RPC id as text."""
    return str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else None


def content(method: Any, params: Any) -> Content:
    """Return what is sensitive of a request: a tool's arguments, a prompt's variables."""
    arguments = held(params, "arguments")
    if method == _CALL:
        return Content(arguments=arguments)
    if method == _PROMPT and isinstance(arguments, dict):
        given = cast("dict[Any, Any]", arguments).items()
        return Content(variables={k: v for k, v in given if isinstance(k, str) and isinstance(v, str)})
    return Content()


def failure(method: Any, result: Any) -> str | None:
    """Return `error.type` of a tool that says itself that it failed."""
    if method != _CALL:
        return None
    failed = held(result, "isError") is True or held(result, "is_error") is True
    return TOOL_ERROR if failed else None


def result(method: Any, value: Any) -> Any:
    """Return what a tool gave, as JSON and without media; None for any other method."""
    if method != _CALL or not isinstance(value, dict):
        return None
    given = cast("dict[str, Any]", value)
    found = {key: given[key] for key in ("content", "structuredContent") if given.get(key) is not None}
    blocks = found.get("content")
    if isinstance(blocks, list):
        found["content"] = [_without_media(block) for block in cast("list[Any]", blocks)]
    return found or None


def version(answer: Any) -> str | None:
    """Return the protocol version that an answer to `initialize` agrees on."""
    found = held(answer, "protocolVersion") or held(answer, "protocol_version")
    return found if isinstance(found, str) else None


def held(value: Any, name: str) -> Any:
    """Return a field of a JSON object or of a model; None when it is not there."""
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).get(name)
    if value is None or isinstance(value, (str, int, float, list)):
        return None
    try:
        return getattr(value, name, None)
    except Exception:
        return None


def _without_media(block: Any) -> Any:
    if not isinstance(block, dict):
        return block
    held_in = cast("dict[str, Any]", block)
    if isinstance(data := held_in.get("data"), str):
        return {**{k: v for k, v in held_in.items() if k != "data"}, **digest(data)}
    inner: Any = held_in.get("resource")
    if isinstance(inner, dict) and isinstance(blob := cast("dict[str, Any]", inner).get("blob"), str):
        kept = {k: v for k, v in cast("dict[str, Any]", inner).items() if k != "blob"}
        return {**held_in, "resource": {**kept, **digest(blob)}}
    return held_in
