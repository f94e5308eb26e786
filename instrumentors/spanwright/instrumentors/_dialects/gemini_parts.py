# SPDX-License-Identifier: Apache-2.0
"""The content of Gemini's content API: messages, their parts, and tools."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv.model import (
    Blob,
    Generic,
    Message,
    Part,
    Reasoning,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
)

# What accompanies a part and makes none of its own.
_BESIDE = frozenset({"thought", "thoughtSignature", "videoMetadata", "partMetadata", "mediaResolution"})
_KINDS = ("image", "video", "audio")


def message(value: Any) -> Message:
    """Read one message; what functions returned goes back to the model in the name of the user."""
    role = string(get(value, "role")) or "user"
    held = parts(value)
    if held and all(isinstance(each, ToolResponse) for each in held):
        return Message("tool", held)
    return Message("assistant" if role == "model" else role, held)


def parts(content: Any) -> list[Part]:
    """Read the parts of a content."""
    return [found for each in items(get(content, "parts")) if (found := part(each)) is not None]


def part(value: Any) -> Part | None:
    """Read one part; None when there is nothing in it, such as the signature of a thought alone."""
    held = fields(value)
    if isinstance(text := held.get("text"), str):
        if not text:
            return None
        return Reasoning(text) if held.get("thought") is True else Text(text)
    for name, read in _READERS.items():
        if (inner := held.get(name)) is not None:
            return read(inner)
    if isinstance(value, str):
        return Text(value)
    rest = {key: each for key, each in held.items() if key not in _BESIDE and each is not None}
    return Generic(next(iter(rest)), rest) if rest else None


def tools(value: Any) -> list[Tool]:
    """Read tool definitions; description and parameters are large and left out."""
    found: list[Tool] = []
    for each in items(value):
        for kind, inner in fields(each).items():
            if kind == "functionDeclarations":
                found += [
                    Tool(name) for one in items(inner) if (name := string(get(one, "name"))) is not None
                ]
            elif inner is not None:
                found.append(Tool(kind, kind))
    return found


def _call(inner: Any) -> Part:
    name = string(get(inner, "name"))
    if name is None:
        return Generic("functionCall", inner)
    return ToolCall(name, string(get(inner, "id")), get(inner, "args"))


def _returned(inner: Any) -> Part:
    return ToolResponse(get(inner, "response"), string(get(inner, "id")))


def _blob(inner: Any) -> Part:
    data, mime = get(inner, "data"), _mime(inner)
    return Blob(_modality(mime), data, mime) if isinstance(data, str) else Generic("inlineData", inner)


def _file(inner: Any) -> Part:
    uri, mime = string(get(inner, "fileUri")) or string(get(inner, "file_uri")), _mime(inner)
    return Uri(_modality(mime), uri, mime) if uri is not None else Generic("fileData", inner)


def _mime(inner: Any) -> str | None:
    """Return the media type; many versions of the SDK send the inner fields in snake case, which the API takes too."""
    return string(get(inner, "mimeType")) or string(get(inner, "mime_type"))


def _modality(mime: str | None) -> str:
    kind = mime.partition("/")[0] if mime is not None else ""
    return kind if kind in _KINDS else "document"


def _code(inner: Any) -> Part:
    return ServerToolCall("code_execution", {"type": "code_execution", **fields(inner)})


def _ran(inner: Any) -> Part:
    return ServerToolResponse({"type": "code_execution", **fields(inner)})


_READERS = {
    "functionCall": _call,
    "functionResponse": _returned,
    "inlineData": _blob,
    "fileData": _file,
    "executableCode": _code,
    "codeExecutionResult": _ran,
}
