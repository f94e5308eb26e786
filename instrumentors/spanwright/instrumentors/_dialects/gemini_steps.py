# SPDX-License-Identifier: Apache-2.0
"""The steps of Google's interactions, and the contents that they are made of."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string, texts
from spanwright.semconv.model import (
    Blob,
    Generic,
    Message,
    Part,
    Reasoning,
    ServerToolCall,
    ServerToolResponse,
    Text,
    ToolCall,
    ToolResponse,
    Uri,
)
from spanwright.semconv.serial import parsed

_MEDIA = frozenset({"image", "audio", "video", "document"})


def step(value: Any) -> Message:
    """Read one step of the input or the output; a content that stands for a step is one of the user's."""
    kind = string(get(value, "type"))
    if kind == "UNKNOWN":
        value = get(value, "raw")
        kind = string(get(value, "type"))
    if kind == "user_input":
        held = get(value, "content")
        return Message("user", texts(held) or parts(held))
    if kind == "model_output":
        return Message("assistant", parts(get(value, "content")))
    if kind == "thought":
        thoughts = [each for each in parts(get(value, "summary")) if isinstance(each, Text)]
        return Message("assistant", [Reasoning(each.content) for each in thoughts])
    if kind == "function_call":
        name = string(get(value, "name")) or "function"
        call = ToolCall(name, string(get(value, "id")), parsed(get(value, "arguments")))
        return Message("assistant", [call])
    if kind == "function_result":
        returned = ToolResponse(parsed(_plain(get(value, "result"))), string(get(value, "call_id")))
        return Message("tool", [returned])
    if kind is not None and kind.endswith("_call"):
        server = ServerToolCall(kind.removesuffix("_call"), _named(kind, value), string(get(value, "id")))
        return Message("assistant", [server])
    if kind is not None and kind.endswith("_result"):
        answer = ServerToolResponse(_named(kind, value), string(get(value, "call_id")))
        return Message("assistant", [answer])
    return Message("user", [part(value)])


def parts(value: Any) -> list[Part]:
    """Read contents."""
    return [part(each) for each in items(value)]


def part(value: Any) -> Part:
    """Read one content."""
    kind = string(get(value, "type"))
    text = get(value, "text")
    if kind in (None, "text") and isinstance(text, str):
        return Text(text)
    if kind in _MEDIA:
        mime = string(get(value, "mime_type"))
        if (data := string(get(value, "data"))) is not None:
            return Blob(kind, data, mime)
        if (uri := string(get(value, "uri"))) is not None:
            return Uri(kind, uri, mime)
    return Generic(kind or "unknown", _plain(value))


def _named(kind: str, value: Any) -> dict[str, Any]:
    held = {
        key: _plain(each)
        for key, each in fields(value).items()
        if key not in ("id", "call_id", "signature") and each is not None
    }
    return {**held, "type": kind}


def _plain(value: Any) -> Any:
    """Return what an SDK's object holds; what is plain already comes back as it is."""
    if held := items(value):
        return [_plain(each) for each in held]
    if inner := fields(value):
        return {key: each for key, each in inner.items() if each is not None}
    return value
