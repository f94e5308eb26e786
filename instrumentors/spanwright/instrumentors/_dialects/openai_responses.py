# SPDX-License-Identifier: Apache-2.0
"""OpenAI's Responses API: requests, answers made of items, and streams of events."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, get, items, media, string, texts
from spanwright.semconv import names as n
from spanwright.semconv.model import (
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
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Usage,
)
from spanwright.semconv.serial import parsed

_INCOMPLETE = {"max_output_tokens": "length", "max_messages": "length"}
_FAILED = ("failed", "cancelled")
_CALLS = ("function_call", "custom_tool_call")
# Executed by the provider; each item has its call and, once done, its result.
_SERVER_CALLS = (
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
    "mcp_list_tools",
    "tool_search_call",
)
# Events that carry the response itself, in the order of a stream; the last one received tells most.
_CARRIERS = frozenset(
    f"response.{state}"
    for state in ("created", "queued", "in_progress", "completed", "incomplete", "failed", "cancelled")
)


def request(body: Any) -> Request:
    """Read what was asked for."""
    read = body.get
    reasoning, text = read("reasoning"), read("text")
    form = get(get(text, "format"), "type") if text is not None else None
    prompt = read("prompt")
    return Request(
        model=read("model"),
        stream=read("stream"),
        max_tokens=read("max_output_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        output_type=None if not isinstance(form, str) else "text" if form == "text" else "json",
        reasoning_level=get(reasoning, "effort") if reasoning is not None else None,
        previous_response_id=read("previous_response_id"),
        prompt_name=get(prompt, "id") if prompt is not None else None,
        prompt_version=get(prompt, "version") if prompt is not None else None,
    )


def conversation(body: Any) -> str | None:
    """Return the id of the stored conversation that the request belongs to."""
    held = body.get("conversation")
    return string(held) or string(get(held, "id"))


def refinements(body: Any) -> dict[str, Any]:
    """Read what only OpenAI's own conventions name."""
    tier = body.get("service_tier")
    extra: dict[str, Any] = {n.OPENAI_API_TYPE: n.OpenaiApiType.RESPONSES}
    if isinstance(tier, str) and tier and tier != n.OpenaiServiceTier.AUTO:
        extra[n.OPENAI_REQUEST_SERVICE_TIER] = tier
    return extra


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    status = string(get(value, "status"))
    error = get(value, "error")
    failed = status == "failed" or (error is not None and string(get(error, "code")) is not None)
    return Response(
        id=get(value, "id"),
        model=get(value, "model"),
        finish_reasons=_finish(value, status),
        usage=usage(get(value, "usage")),
        status=status,
        conversation_id=string(get(get(value, "conversation"), "id")),
        error=(string(get(error, "code")) or "failed") if failed else None,
    )


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Read what only OpenAI's own conventions name of an answer."""
    tier = string(get(value, "service_tier"))
    return {n.OPENAI_RESPONSE_SERVICE_TIER: tier} if tier is not None else None


def usage(value: Any) -> Usage | None:
    """Read token counts."""
    if value is None:
        return None
    read = fields(value).get
    given, made = fields(read("input_tokens_details")).get, fields(read("output_tokens_details")).get
    return Usage(
        input=count(read("input_tokens")),
        output=count(read("output_tokens")),
        cache_read=count(given("cached_tokens")),
        cache_write=count(given("cache_write_tokens")),
        reasoning=count(made("reasoning_tokens")),
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request; instructions are separate from the history here."""
    given = body.get("input")
    history = (
        [Message("user", [Text(given)])] if isinstance(given, str) else [item(each) for each in items(given)]
    )
    return Content(
        system=texts(body.get("instructions")),
        input=history,
        tools=[tool(each) for each in items(body.get("tools"))],
    )


def output(value: Any) -> list[Message]:
    """Read the answer's items as the one message that they make up."""
    parts: list[Part] = []
    for each in items(get(value, "output")):
        parts += item(each).parts
    reasons = _finish(value, string(get(value, "status")))
    return [Message("assistant", parts, finish_reason=reasons[0] if reasons else None)] if parts else []


def tool(value: Any) -> Tool:
    """Read a tool definition; description and parameters are large and left out."""
    kind = string(get(value, "type")) or "function"
    return Tool(string(get(value, "name")) or string(get(value, "server_label")) or kind, kind)


def item(value: Any) -> Message:
    """Read one item of the input or the output."""
    kind = string(get(value, "type")) or ("message" if get(value, "role") is not None else None)
    if kind == "message":
        held = get(value, "content")
        return Message(
            string(get(value, "role")) or "assistant", texts(held) or [_part(each) for each in items(held)]
        )
    if kind in _CALLS:
        given = get(value, "arguments")
        name = string(get(value, "name")) or kind
        arguments = parsed(given if given is not None else get(value, "input"))
        return Message("assistant", [ToolCall(name, string(get(value, "call_id")), arguments)])
    if kind is not None and kind.endswith("_call_output"):
        return Message("tool", [ToolResponse(parsed(get(value, "output")), string(get(value, "call_id")))])
    if kind == "reasoning":
        held = [*items(get(value, "content")), *items(get(value, "summary"))]
        thoughts: list[Part] = [Reasoning(t) for each in held if (t := string(get(each, "text"))) is not None]
        return Message("assistant", thoughts)
    if kind == "compaction":
        return Message("assistant", [Compaction(string(get(value, "id")))])
    if kind in _SERVER_CALLS:
        name = string(get(value, "name")) or kind.removesuffix("_call")
        return Message(
            "assistant", [ServerToolCall(name, {"type": kind, **_fields(value)}, string(get(value, "id")))]
        )
    return Message("assistant", [Generic(kind or "unknown", value)])


def _fields(value: Any) -> dict[str, Any]:
    """Return what a provider-side call did, without its large results."""
    names = ("status", "action", "queries", "code", "server_label", "arguments", "output", "error")
    return {name: held for name in names if (held := get(value, name)) is not None}


def _part(value: Any) -> Part:
    kind = string(get(value, "type"))
    text = get(value, "text")
    if kind in ("input_text", "output_text", "text") and isinstance(text, str):
        return Text(text)
    if kind == "input_image":
        uploaded = string(get(value, "file_id"))
        return File("image", uploaded) if uploaded is not None else media("image", get(value, "image_url"))
    if kind == "input_file":
        uploaded = string(get(value, "file_id"))
        if uploaded is not None:
            return File("document", uploaded)
        return media("document", get(value, "file_url") or get(value, "file_data"))
    if kind == "refusal":
        return Generic("refusal", {"content": get(value, "refusal")})
    return Generic(kind or "unknown", value)


def _finish(value: Any, status: str | None) -> list[str] | None:
    if status in _FAILED:
        return ["error"]
    if status == "incomplete":
        reason = string(get(get(value, "incomplete_details"), "reason"))
        return [_INCOMPLETE.get(reason, reason)] if reason is not None else None
    if status != "completed":
        return None
    called = any(get(each, "type") in _CALLS for each in items(get(value, "output")))
    return ["tool_call"] if called else ["stop"]


class Chunks:
    """Keeps the last event that carried the response and, with content, the pieces in case that event never came."""

    __slots__ = ("_carrier", "_error", "_pieces")

    def __init__(self, *, content: bool) -> None:
        self._carrier: Any = None
        self._error: Any = None
        self._pieces: list[str] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        kind = string(get(chunk, "type"))
        if kind in _CARRIERS:
            self._carrier = get(chunk, "response")
        elif kind == "error":
            self._error = chunk
        elif self._pieces is not None and kind == "response.output_text.delta":
            piece = get(chunk, "delta")
            if isinstance(piece, str):
                self._pieces.append(piece)

    def value(self) -> Any:
        """Return the response as far as it was received."""
        whole, error = self._carrier, self._error
        if error is None and (not self._pieces or items(get(whole, "output"))):
            return whole
        names = ("id", "model", "usage", "conversation", "service_tier")
        found: dict[str, Any] = {name: get(whole, name) for name in names}
        if error is not None:
            found["status"] = "failed"
            found["error"] = get(error, "error") or error
        if self._pieces:
            text = {"type": "output_text", "text": "".join(self._pieces)}
            found["output"] = [{"type": "message", "role": "assistant", "content": [text]}]
        return found
