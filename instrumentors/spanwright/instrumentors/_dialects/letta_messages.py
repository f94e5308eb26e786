# SPDX-License-Identifier: Apache-2.0
"""Letta's agents on its server: what they are told, and the messages, counts and reason with which they answer."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, media, string
from spanwright.semconv.model import (
    Content,
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
    Usage,
)
from spanwright.semconv.serial import parsed

_FUNCTION = "function"
# Letta's reasons in the words of the conventions, and those that are failures.
_REASONS = {"max_tokens_exceeded": "length", "requires_approval": "tool_call", "tool_rule": "stop"}
_FAILURES = frozenset(
    {
        "error",
        "llm_api_error",
        "invalid_llm_response",
        "invalid_tool_call",
        "insufficient_credits",
        "context_window_overflow_in_system_prompt",
    }
)


def request(body: Any) -> Request:
    """Read what was asked for: the model, where it is not the agent's own."""
    return Request(model=string(body.get("override_model")))


def content(body: Any) -> Content:
    """Read the sensitive part of a request."""
    asked = body.get("input")
    if isinstance(asked, str):
        told = [Message("user", [Text(asked)])]
    elif asked is not None:
        told = [Message("user", _parts(asked))]
    else:
        told = [_told(each) for each in items(body.get("messages"))]
    system = string(body.get("override_system"))
    return Content(
        system=[Text(system)] if system is not None else (),
        input=told,
        tools=[tool for each in items(body.get("client_tools")) if (tool := _tool(each)) is not None],
    )


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    said = string(get(get(value, "stop_reason"), "stop_reason"))
    reason = _REASONS.get(said, finish(said)) if said is not None else None
    return Response(
        finish_reasons=[reason] if reason is not None else None,
        usage=_usage(get(value, "usage")),
        error=string(get(value, "error")) or (said if said in _FAILURES else None),
    )


def output(value: Any) -> list[Message]:
    """Read what an agent says and does; its tools run where it does, but for those that wait for the caller."""
    parts = [part for each in items(get(value, "messages")) for part in _said(each)]
    if not parts:
        return []
    reasons = response(value).finish_reasons
    return [Message("assistant", parts, None, reasons[0] if reasons else "stop")]


class Chunks:
    """Keeps the messages of a stream, whole or in pieces that have one id, and what comes after them."""

    __slots__ = ("_after", "_content", "_messages")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._messages: dict[Any, list[Any]] = {}
        self._after: dict[str, Any] = {}

    def add(self, chunk: Any) -> None:
        """Take one message, or a piece of one."""
        read = fields(chunk).get
        kind = read("message_type")
        if kind == "usage_statistics":
            self._after["usage"] = chunk
        elif kind == "stop_reason":
            self._after["stop_reason"] = chunk
        elif kind == "error_message":
            self._after["error"] = read("error_type")
        elif self._content and isinstance(kind, str) and kind != "ping":
            identity = read("id")
            called = get(read("tool_call"), "tool_call_id")
            key = (
                kind,
                identity if isinstance(identity, str) else None,
                called if isinstance(called, str) else None,
            )
            self._messages.setdefault(key, []).append(chunk)

    def value(self) -> Any:
        """Return what was received, in the shape of an unstreamed answer."""
        return {**self._after, "messages": [_whole(each) for each in self._messages.values()]}


def _whole(pieces: list[Any]) -> Any:
    """Return one message of its pieces."""
    if len(pieces) == 1:
        return pieces[0]
    found = dict(fields(pieces[0]))
    for name in ("reasoning", "content"):
        told = [each for piece in pieces if (each := get(piece, name)) is not None]
        if all(isinstance(each, str) for each in told):
            found[name] = "".join(told) or None
        else:
            found[name] = [
                part for each in told for part in (items(each) or [{"type": "text", "text": each}])
            ]
    calls = [get(each, "tool_call") for each in pieces]
    if calls[0] is not None:
        found["tool_calls"] = None
        found["tool_call"] = {
            "tool_call_id": get(calls[0], "tool_call_id"),
            **{
                name: "".join(each for call in calls if (each := string(get(call, name))))
                for name in ("name", "arguments")
            },
        }
    return found


def _said(value: Any) -> list[Part]:
    read = fields(value).get
    kind = read("message_type")
    if kind == "assistant_message":
        return _parts(read("content"))
    if kind == "reasoning_message":
        return [Reasoning(text)] if (text := string(read("reasoning"))) is not None else []
    if kind == "tool_call_message":
        calls = items(read("tool_calls")) or [read("tool_call")]
        return [call for each in calls if (call := _call(each, served=True)) is not None]
    if kind == "approval_request_message":
        calls = items(read("tool_calls")) or [read("tool_call")]
        return [call for each in calls if (call := _call(each, served=False)) is not None]
    if kind == "tool_return_message":
        answer = {"type": _FUNCTION, "result": parsed(read("tool_return"))}
        return [ServerToolResponse(answer, string(read("tool_call_id")))]
    return []


def _call(value: Any, *, served: bool) -> Part | None:
    name, identity = string(get(value, "name")), string(get(value, "tool_call_id"))
    if name is None:
        return None
    arguments = parsed(get(value, "arguments"))
    if served:
        return ServerToolCall(name, {"type": _FUNCTION, "arguments": arguments}, identity)
    return ToolCall(name, identity, arguments)


def _told(value: Any) -> Message:
    read = fields(value).get
    returns = items(read("tool_returns"))
    if returns:
        return Message(
            "tool",
            [
                ToolResponse(parsed(get(each, "tool_return")), string(get(each, "tool_call_id")))
                for each in returns
            ],
        )
    return Message(string(read("role")) or "user", _parts(read("content")), string(read("name")))


def _parts(value: Any) -> list[Part]:
    if isinstance(value, str):
        return [Text(value)] if value else []
    return [_part(each) for each in items(value)]


def _part(value: Any) -> Part:
    read = fields(value).get
    if isinstance(text := read("text"), str):
        return Text(text)
    source = read("source")
    if read("type") == "image" and (address := string(get(source, "url"))) is not None:
        return media("image", address)
    return Generic(string(read("type")) or "unknown", {})


def _tool(value: Any) -> Tool | None:
    name = string(get(value, "name"))
    if name is None:
        return None
    return Tool(name, description=string(get(value, "description")), parameters=get(value, "parameters"))


def _usage(value: Any) -> Usage | None:
    read = fields(value).get
    asked, made = count(read("prompt_tokens")), count(read("completion_tokens"))
    if not asked and not made:
        return None
    return Usage(
        asked,
        made,
        cache_read=count(read("cached_input_tokens")),
        # How many were spent on reasoning, too, is told, and has no place on an agent.
        cache_write=count(read("cache_write_tokens")),
    )
