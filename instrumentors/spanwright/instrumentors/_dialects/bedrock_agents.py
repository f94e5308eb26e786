# SPDX-License-Identifier: Apache-2.0
"""Bedrock's agents: what they are asked, their events, the calls that they return to the caller, their usage."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.bedrock_converse import usage
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv.model import (
    AgentRun,
    Content,
    Generic,
    Message,
    Part,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_STATES = ("sessionState", "inlineSessionState")


def run(body: Any) -> AgentRun:
    """Read which agent is asked: one that Bedrock keeps, or one that the request itself describes."""
    read = body.get
    bases = {
        found
        for each in (*items(read("knowledgeBases")), *items(get(_state(body), "knowledgeBaseConfigurations")))
        if (found := string(get(each, "knowledgeBaseId"))) is not None
    }
    return AgentRun(
        name=string(read("agentName")),
        id=string(read("agentId")),
        request=Request(model=read("foundationModel")),
        conversation_id=string(read("sessionId")),
        data_source_id=next(iter(bases)) if len(bases) == 1 else None,
        remote=True,
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request: the question, or what the caller's functions have returned."""
    read = body.get
    instruction, asked = string(read("instruction")), string(read("inputText"))
    state = _state(body)
    told = [
        ToolResponse(_body(get(result, "responseBody")), string(get(state, "invocationId")))
        for each in items(get(state, "returnControlInvocationResults"))
        for result in fields(each).values()
    ]
    before = [
        Message(string(get(each, "role")) or "user", [*_texts(get(each, "content"))])
        for each in items(get(get(state, "conversationHistory"), "messages"))
    ]
    return Content(
        system=[Text(instruction)] if instruction is not None else (),
        input=[
            *before,
            *([Message("tool", [*told])] if told else ()),
            *([Message("user", [Text(asked)])] if asked is not None else ()),
        ],
        tools=[
            Tool(name, "action_group")
            for each in items(read("actionGroups"))
            if (name := string(get(each, "actionGroupName"))) is not None
        ],
    )


def response(value: Any) -> Response:
    """Read the facts of an answer; usage comes with the traces that a caller may ask for."""
    reason = string(get(value, "reason"))
    used = get(value, "usage")
    return Response(
        finish_reasons=[reason] if reason is not None else None,
        usage=used if isinstance(used, Usage) else None,
    )


def output(value: Any) -> list[Message]:
    """Read what the agent said, and the calls that it returned."""
    parts = [each for each in items(get(value, "parts")) if isinstance(each, (Text, ToolCall, Generic))]
    reason = string(get(value, "reason"))
    return [Message("assistant", [*parts], finish_reason=reason)] if parts or reason else []


class Chunks:
    """Keeps what is needed of a stream: usage and how it ended, with content also what the agent said."""

    __slots__ = ("_parts", "_reason", "_usage")

    def __init__(self, *, content: bool) -> None:
        self._parts: list[Part | bytes] | None = [] if content else None
        self._reason: str | None = None
        self._usage: Usage | None = None

    def add(self, chunk: Any) -> None:
        """Take one event, a mapping with a single member that names its kind."""
        read = fields(chunk).get
        if (said := get(read("chunk"), "bytes")) is not None:
            if self._parts is not None and isinstance(said, bytes):
                self._parts.append(said)
        elif (given := read("returnControl")) is not None:
            self._reason = "tool_call"
            if self._parts is not None:
                self._parts += _calls(given)
        elif (told := read("trace")) is not None:
            self._trace(fields(get(told, "trace")))

    def value(self) -> dict[str, Any]:
        """Return what was received."""
        return {"parts": _joined(self._parts or ()), "reason": self._reason, "usage": self._usage}

    def _trace(self, held: dict[str, Any]) -> None:
        """Add up the usage of the model calls that the agent has made; one that a guardrail stopped says so."""
        for kind, told in held.items():
            if kind == "guardrailTrace" and get(told, "action") == "INTERVENED":
                self._reason = "content_filter"
            used = usage(get(get(get(told, "modelInvocationOutput"), "metadata"), "usage"))
            if used is not None:
                before = self._usage or Usage()
                self._usage = Usage(_sum(before.input, used.input), _sum(before.output, used.output))


def _joined(held: Iterable[Part | bytes]) -> list[Part]:
    """Join what the agent said in pieces: a piece may end within a character."""
    found: list[Part] = []
    for spoken, pieces in groupby(held, lambda each: isinstance(each, bytes)):
        if spoken:
            text = b"".join(each for each in pieces if isinstance(each, bytes)).decode("utf-8", "replace")
            found += [Text(text)] if text else []
        else:
            found.extend(each for each in pieces if not isinstance(each, bytes))
    return found


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def _state(body: Any) -> Any:
    return next((found for name in _STATES if (found := body.get(name)) is not None), None)


def _calls(given: Any) -> list[Part]:
    """Read what an agent asks its caller to do: functions, or requests to an API."""
    key, found = string(get(given, "invocationId")), list[Part]()
    for each in items(get(given, "invocationInputs")):
        for kind, held in fields(each).items():
            read = fields(held).get
            name = string(read("function")) or string(read("apiPath")) or string(read("actionGroup"))
            told = {
                label: get(given, "value")
                for given in items(read("parameters"))
                if (label := string(get(given, "name"))) is not None
            }
            found.append(ToolCall(name, key, told) if name is not None else Generic(kind, held))
    return found


def _body(value: Any) -> Any:
    """Read what a function returned: its text, or texts by content type."""
    told = [get(each, "body") for each in fields(value).values()]
    return told[0] if len(told) == 1 else told


def _texts(held: Any) -> list[Text]:
    return [Text(text) for each in items(held) if (text := string(get(each, "text"))) is not None]
