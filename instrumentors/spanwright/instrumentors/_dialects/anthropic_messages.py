# SPDX-License-Identifier: Apache-2.0
"""Anthropic's Messages API, wherever it is served: requests, answers made of blocks, and streams of events."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.anthropic_events import Chunks
from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, string, texts
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Blob,
    Compaction,
    Content,
    File,
    Generic,
    Message,
    Part,
    Reasoning,
    Request,
    Response,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)

__all__ = [
    "Chunks",
    "answered_refinements",
    "content",
    "output",
    "refinements",
    "request",
    "response",
    "usage",
]

_FULL = "model_context_window_exceeded"
_MEDIA = {"image": "image", "document": "document"}


def request(body: Any) -> Request:
    """Read what was asked for; `body` is the JSON that goes over the wire."""
    read = body.get
    config = read("output_config")
    form = get(config, "format") or read("output_format")
    return Request(
        model=read("model"),
        stream=read("stream"),
        max_tokens=read("max_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        stop=read("stop_sequences"),
        output_type=n.OutputType.JSON if string(get(form, "type")) is not None else None,
        reasoning_level=get(config, "effort"),
    )


def refinements(body: Any) -> dict[str, Any]:
    """Return nothing: what Anthropic's own conventions add stands in the request."""
    del body
    return {}


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    read = fields(value).get
    reason = _finish(read("stop_reason"))
    error = read("error") if read("type") == "error" else None
    return Response(
        id=read("id"),
        model=read("model"),
        finish_reasons=[reason] if reason is not None else None,
        usage=usage(read("usage")),
        compacted=any(get(each, "type") == "compaction" for each in items(read("content"))) or None,
        error=None if error is None else string(get(error, "type")) or "error",
    )


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Return nothing: what Anthropic's own conventions add stands in the answer's facts."""
    del value


def usage(value: Any) -> Usage | None:
    """Read token counts. The wire counts cached tokens beside the input, the conventions count them in it."""
    if value is None:
        return None
    read = fields(value).get
    given = count(read("input_tokens"))
    cached = count(read("cache_read_input_tokens"))
    written = count(read("cache_creation_input_tokens"))
    known = [each for each in (given, cached, written) if each is not None]
    return Usage(
        input=sum(known) if known else None,
        output=count(read("output_tokens")),
        cache_read=cached,
        cache_write=written,
        reasoning=count(get(read("output_tokens_details"), "thinking_tokens")),
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request; the system prompt is separate from the history here."""
    return Content(
        system=_parts(body.get("system")),
        input=[message(each) for each in items(body.get("messages"))],
        tools=[tool(each) for each in items(body.get("tools"))],
    )


def output(value: Any) -> list[Message]:
    """Read the answer's blocks as the one message that they make up."""
    read = fields(value).get
    parts, reason = _parts(read("content")), _finish(read("stop_reason"))
    if not parts and reason is None:
        return []
    return [Message(string(read("role")) or "assistant", parts, finish_reason=reason)]


def message(value: Any) -> Message:
    """Read one message of a request."""
    return Message(string(get(value, "role")) or "user", _parts(get(value, "content")))


def tool(value: Any) -> Tool:
    """Read a tool definition; description and schema are large and left out, as the conventions recommend."""
    kind = string(get(value, "type")) or "custom"
    name = string(get(value, "name")) or string(get(value, "mcp_server_name")) or kind
    return Tool(name, "function" if kind == "custom" else kind)


def _finish(reason: Any) -> str | None:
    return "length" if reason == _FULL else finish(reason)


def _parts(held: Any) -> list[Part]:
    return texts(held) or [part for each in items(held) if (part := _part(each)) is not None]


def _part(value: Any) -> Part | None:
    """Read one block; None of thinking whose text the provider keeps to itself."""
    if isinstance(value, str):
        return Text(value)
    read = fields(value).get
    kind = string(read("type")) or "unknown"
    if kind == "text" and isinstance(text := read("text"), str):
        return Text(text)
    if kind == "thinking":
        thought = string(read("thinking"))
        return Reasoning(thought) if thought is not None else None
    if kind == "redacted_thinking":
        # The rest of it is encrypted.
        return Generic(kind, {})
    if kind in _MEDIA:
        return _media(kind, read("source")) or Generic(kind, value)
    if kind == "compaction":
        return Compaction(content=string(read("content")))
    if kind == "container_upload" and (uploaded := string(read("file_id"))) is not None:
        return File("document", uploaded)
    return _tool_part(kind, value) or Generic(kind, value)


def _tool_part(kind: str, value: Any) -> Part | None:
    """Read what belongs to a tool, the caller's own or one that the provider executes."""
    read = fields(value).get
    name, key = string(read("name")), string(read("tool_use_id"))
    if kind == "tool_result":
        return ToolResponse(_told(read("content")), key)
    if kind.endswith("_tool_result"):
        return ServerToolResponse({"type": kind, "content": read("content")}, key)
    if not kind.endswith("tool_use") or name is None:
        return None
    if kind in ("server_tool_use", "mcp_tool_use"):
        server = string(read("server_name"))
        call = {"type": kind, "input": read("input"), **({"server_name": server} if server else {})}
        return ServerToolCall(name, call, string(read("id")))
    return ToolCall(name, string(read("id")), read("input"))


def _media(kind: str, source: Any) -> Part | None:
    read = fields(source).get
    form, mime = read("type"), string(read("media_type"))
    if form == "base64" and isinstance(data := read("data"), str):
        return Blob(kind, data, mime)
    if form == "url" and (address := string(read("url"))) is not None:
        return Uri(kind, address, mime)
    if form == "file" and (uploaded := string(read("file_id"))) is not None:
        return File(kind, uploaded, mime)
    if form == "text" and isinstance(text := read("data"), str):
        return Text(text)
    return None


def _told(held: Any) -> Any:
    """Return what a tool answered: text as it is, several texts joined; of media only the kind, never the bytes."""
    if isinstance(held, str):
        return held
    parts = _parts(held)
    told = [part.content for part in parts if isinstance(part, Text)]
    if len(told) == len(parts):
        return "".join(told)
    return [part.content if isinstance(part, Text) else {"type": _kind(part)} for part in parts]


def _kind(part: Part) -> str:
    if isinstance(part, (Blob, Uri, File)):
        return part.modality
    return part.type if isinstance(part, Generic) else type(part).__name__.lower()
