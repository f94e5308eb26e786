# SPDX-License-Identifier: Apache-2.0
"""Mistral's conversations: entries in, entries out, and streams of events that the entries are made of."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import count, fields, get, items, string, texts
from spanwright.semconv.model import (
    Content,
    Generic,
    Message,
    Request,
    Response,
    ServerToolCall,
    Text,
    ToolCall,
    ToolResponse,
)
from spanwright.semconv.serial import parsed

_CALL, _OUTPUT, _EXECUTION = "function.call", "message.output", "tool.execution"
# Event -> the entry that it is a piece of.
_PIECES = {
    "message.output.delta": _OUTPUT,
    "function.call.delta": _CALL,
    "tool.execution.started": _EXECUTION,
    "tool.execution.delta": _EXECUTION,
    "tool.execution.done": _EXECUTION,
}


def request(body: Any) -> Request:
    """Read what was asked for; the sampling parameters stand apart."""
    args = fields(body.get("completion_args"))
    found = openai_chat.request(args)
    found.model = body.get("model")
    found.stream = body.get("stream")
    found.seed = args.get("random_seed")
    return found


def refinements(body: Any) -> dict[str, Any]:
    """Return nothing: Mistral has no conventions of its own."""
    del body
    return {}


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Return nothing."""
    del value
    return None


def response(value: Any) -> Response:
    """Read the facts of an answer; it has no finish reason but its entries, and no id but the conversation's."""
    outputs = items(get(value, "outputs"))
    models = [model for each in outputs if (model := string(get(each, "model"))) is not None]
    kinds = [get(each, "type") for each in outputs]
    error = get(value, "error")
    reasons = ["tool_call"] if _CALL in kinds else ["stop"] if _OUTPUT in kinds else None
    return Response(
        model=models[-1] if models else None,
        finish_reasons=["error"]
        if error is not None
        else reasons
        if get(value, "ended") is not False
        else None,
        usage=openai_chat.usage(get(value, "usage")),
        conversation_id=string(get(value, "conversation_id")),
        error=None if error is None else _code(error),
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request; instructions are separate from the entries here."""
    given = body.get("inputs")
    return Content(
        system=texts(body.get("instructions")),
        input=[Message("user", [Text(given)])]
        if isinstance(given, str)
        else [entry(each) for each in items(given)],
        tools=[openai_chat.tool(each) for each in items(body.get("tools"))],
    )


def output(value: Any) -> list[Message]:
    """Read the answer's entries as the one message that they make up."""
    parts = [part for each in items(get(value, "outputs")) for part in entry(each).parts]
    reasons = response(value).finish_reasons
    return [Message("assistant", parts, finish_reason=reasons[0] if reasons else None)] if parts else []


def entry(value: Any) -> Message:
    """Read one entry of the input or the output."""
    read = fields(value).get
    kind = string(read("type")) or "message.input"
    if kind == _CALL:
        name = string(read("name")) or kind
        return Message("assistant", [ToolCall(name, string(read("tool_call_id")), parsed(read("arguments")))])
    if kind == "function.result":
        return Message("tool", [ToolResponse(parsed(read("result")), string(read("tool_call_id")))])
    if kind == _EXECUTION:
        names = ("arguments", "info")
        told = {name: parsed(held) for name in names if (held := read(name)) is not None}
        name = string(read("name")) or kind
        return Message("assistant", [ServerToolCall(name, {"type": kind, **told}, string(read("id")))])
    if kind.startswith("message."):
        role = "assistant" if kind == _OUTPUT else "user"
        held = read("content")
        return openai_chat.message(
            {"role": string(read("role")) or role, "content": [held] if isinstance(held, dict) else held}
        )
    return Message("assistant", [Generic(kind, value)])


def _code(error: Any) -> str:
    code = get(error, "code")
    return string(code) or str(count(code) or "conversation.response.error")


class Chunks:
    """Keeps what is needed of a stream of events. Facts alone take constant memory."""

    __slots__ = ("_conversation", "_done", "_error", "_kinds", "_pieces")

    def __init__(self, *, content: bool) -> None:
        self._conversation: Any = None
        self._done: Any = None
        self._error: Any = None
        # Kind of entry -> the model that the last one of it names.
        self._kinds: dict[str, Any] = {}
        self._pieces: list[tuple[str, Any]] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        read = fields(chunk).get
        kind = read("type")
        if not isinstance(kind, str):
            return
        if (whole := _PIECES.get(kind)) is not None:
            self._kinds[whole] = string(read("model")) or self._kinds.get(whole)
            if self._pieces is not None:
                self._pieces.append((whole, chunk))
        elif kind == "conversation.response.started":
            self._conversation = read("conversation_id")
        elif kind == "conversation.response.done":
            self._done = chunk
        elif kind == "conversation.response.error":
            self._error = chunk

    def value(self) -> dict[str, Any]:
        """Return the answer that the events make up, in the shape of an unstreamed one."""
        if self._pieces is None:
            outputs = [{"type": kind, "model": model} for kind, model in self._kinds.items()]
        else:
            outputs = _folded(self._pieces)
        return {
            "conversation_id": self._conversation,
            "usage": get(self._done, "usage"),
            "outputs": outputs,
            "error": self._error,
            "ended": self._done is not None,
        }


def _folded(pieces: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Join the pieces of each entry, which share its id."""
    found: dict[Any, dict[str, Any]] = {}
    for kind, piece in pieces:
        read = fields(piece).get
        key = string(read("id")) or (kind, str(read("output_index")))
        whole = found.setdefault(key, {"type": kind, "content": [], "arguments": []})
        for name in ("id", "name", "tool_call_id", "model", "role", "info"):
            if (held := read(name)) is not None and not (held == "" and name in whole):
                whole[name] = held
        held = read("content")
        if isinstance(held, str) and whole["content"] and isinstance(whole["content"][-1], str):
            whole["content"][-1] += held
        elif held is not None:
            whole["content"].append(held)
        if (argument := string(read("arguments"))) is not None:
            whole["arguments"].append(argument)
    return [{**whole, "arguments": "".join(whole["arguments"]) or None} for whole in found.values()]
