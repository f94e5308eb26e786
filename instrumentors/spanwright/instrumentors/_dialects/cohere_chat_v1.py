# SPDX-License-Identifier: Apache-2.0
"""Cohere's chat, version 1: one message with a history beside it, and streams whose last event is the answer."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.cohere_chat import output_type
from spanwright.instrumentors._dialects.cohere_usage import failure, finish, usage
from spanwright.instrumentors._dialects.wire import fields, get, items, string, texts
from spanwright.semconv.model import (
    Content,
    Generic,
    Message,
    Part,
    Request,
    Response,
    Tool,
    ToolCall,
    ToolResponse,
)

_ROLES = {"USER": "user", "CHATBOT": "assistant", "SYSTEM": "system", "TOOL": "tool"}


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


def response(value: Any) -> Response:
    """Read the facts of an answer; `generation_id` is the one id that a stream tells from its start."""
    read = fields(value).get
    reason = finish(read("finish_reason"))
    return Response(
        id=read("generation_id") or read("response_id"),
        finish_reasons=[reason] if reason else None,
        usage=usage(read("meta")),
        error=failure(read("finish_reason")),
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request: the preamble is the system's instruction, the message comes last."""
    read = body.get
    found: list[Message] = []
    if documents := [Generic("document", each) for each in items(read("documents"))]:
        found.append(Message("system", [*documents]))
    found += [_message(each) for each in items(read("chat_history"))]
    if results := _results(read("tool_results")):
        found.append(Message("tool", results))
    if said := texts(read("message")):
        found.append(Message("user", said))
    return Content(
        system=texts(read("preamble")),
        input=found,
        tools=[Tool(name) for each in items(read("tools")) if (name := string(get(each, "name")))],
    )


def output(value: Any) -> list[Message]:
    """Read the one message of an answer."""
    read = fields(value).get
    parts = texts(read("text")) + _calls(read("tool_calls"))
    if cited := items(read("citations")):
        parts.append(Generic("citations", {"citations": cited}))
    reason = finish(read("finish_reason"))
    return [Message("assistant", parts, finish_reason=reason)] if parts or reason else []


def _message(value: Any) -> Message:
    read = fields(value).get
    role = string(read("role")) or "USER"
    parts = texts(read("message")) + _calls(read("tool_calls")) + _results(read("tool_results"))
    return Message(_ROLES.get(role.upper(), role), parts)


def _calls(value: Any) -> list[Part]:
    return [
        ToolCall(name, None, get(each, "parameters"))
        for each in items(value)
        if (name := string(get(each, "name"))) is not None
    ]


def _results(value: Any) -> list[Part]:
    return [ToolResponse(get(each, "outputs")) for each in items(value)]


class Chunks:
    """Keeps what is needed of a stream; its pieces only until the last event, which repeats them all."""

    __slots__ = ("_calls", "_cited", "_end", "_id", "_text")

    def __init__(self, *, content: bool) -> None:
        self._id: Any = None
        self._end: Any = None
        self._text: list[str] | None = [] if content else None
        self._calls: list[Any] = []
        self._cited: list[Any] = []

    def add(self, chunk: Any) -> None:
        """Take one event."""
        read = fields(chunk).get
        kind = read("event_type")
        if kind == "stream-start":
            self._id = read("generation_id")
        elif kind == "stream-end":
            self._end = chunk
        elif self._text is None:
            return
        elif kind == "text-generation":
            self._text.append(string(read("text")) or "")
        elif kind == "tool-calls-generation":
            self._calls.extend(items(read("tool_calls")))
        elif kind == "citation-generation":
            self._cited.extend(items(read("citations")))

    def value(self) -> dict[str, Any]:
        """Return the answer that the events make up, in the shape of an unstreamed one."""
        told = fields(get(self._end, "response"))
        reason = get(self._end, "finish_reason")
        pieces = {"text": "".join(self._text or ()), "tool_calls": self._calls, "citations": self._cited}
        return {
            **pieces,
            **{name: value for name, value in told.items() if value is not None},
            "generation_id": told.get("generation_id") or self._id,
            "finish_reason": reason or told.get("finish_reason"),
        }
