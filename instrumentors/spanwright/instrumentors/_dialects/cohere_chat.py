# SPDX-License-Identifier: Apache-2.0
"""Cohere's chat, version 2: requests, answers, and streams of events."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.cohere_deltas import Chunks
from spanwright.instrumentors._dialects.cohere_usage import failure, finish, usage
from spanwright.instrumentors._dialects.openai_chat import tool
from spanwright.instrumentors._dialects.wire import fields, get, items, media, string, texts
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    Content,
    Generic,
    Message,
    Part,
    Reasoning,
    Request,
    Response,
    Text,
    ToolCall,
    ToolResponse,
)
from spanwright.semconv.serial import parsed

__all__ = ["Chunks", "content", "output", "output_type", "request", "response"]


def request(body: Any) -> Request:
    """Read what was asked for; `body` is the JSON that goes over the wire."""
    read = body.get
    return Request(
        model=read("model"),
        stream=read("stream"),
        max_tokens=read("max_tokens"),
        temperature=read("temperature"),
        top_p=read("p"),
        top_k=read("k"),
        frequency_penalty=read("frequency_penalty"),
        presence_penalty=read("presence_penalty"),
        seed=read("seed"),
        stop=read("stop_sequences"),
        output_type=output_type(read("response_format")),
    )


def output_type(form: Any) -> str | None:
    """Return the kind of answer that was asked for."""
    kind = string(get(form, "type"))
    return None if kind is None else n.OutputType.TEXT if kind == "text" else n.OutputType.JSON


def response(value: Any) -> Response:
    """Read the facts of an answer, which names no model."""
    read = fields(value).get
    reason = finish(read("finish_reason"))
    return Response(
        id=read("id"),
        finish_reasons=[reason] if reason else None,
        usage=usage(read("usage")),
        error=failure(read("finish_reason")),
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request. Documents stand before the messages, where the model sees them."""
    documents = [Generic("document", each) for each in items(body.get("documents"))]
    messages = [message(each) for each in items(body.get("messages"))]
    return Content(
        input=[Message("system", [*documents]), *messages] if documents else messages,
        tools=[tool(each) for each in items(body.get("tools"))],
    )


def output(value: Any) -> list[Message]:
    """Read the one message of an answer."""
    read = message(get(value, "message"))
    read.finish_reason = finish(get(value, "finish_reason"))
    return [read] if read.parts or read.finish_reason else []


def message(value: Any) -> Message:
    """Read one message of a request or an answer."""
    read = fields(value).get
    role, held = string(read("role")) or "assistant", read("content")
    if role == "tool":
        return Message(role, [ToolResponse(_told(held), string(read("tool_call_id")))])
    parts: list[Part] = []
    if (plan := string(read("tool_plan"))) is not None:
        parts.append(Reasoning(plan))
    parts += texts(held) or [_part(each) for each in items(held)]
    parts += [_tool_call(each) for each in items(read("tool_calls"))]
    if cited := items(read("citations")):
        parts.append(Generic("citations", {"citations": cited}))
    return Message(role, parts)


def _told(held: Any) -> Any:
    """Return what a tool answered: parsed when it is JSON, else its texts and documents."""
    if isinstance(held, str):
        return parsed(held)
    found = [
        each if isinstance(each, str) else get(each, "text") or get(each, "document") or each
        for each in items(held)
    ]
    return "".join(found) if all(isinstance(each, str) for each in found) else found


def _tool_call(value: Any) -> Part:
    called = get(value, "function")
    if (name := string(get(called, "name"))) is None:
        return Generic(string(get(value, "type")) or "function", value)
    return ToolCall(name, string(get(value, "id")), parsed(get(called, "arguments")))


def _part(value: Any) -> Part:
    if isinstance(value, str):
        return Text(value)
    kind = string(get(value, "type"))
    if (told := get(value, "text")) is not None and kind in ("text", None) and isinstance(told, str):
        return Text(told)
    if kind == "thinking" and isinstance(thought := get(value, "thinking"), str):
        return Reasoning(thought)
    if kind == "image_url":
        image = get(value, "image_url")
        return media("image", image if isinstance(image, str) else get(image, "url"))
    return Generic(kind or "unknown", value)
