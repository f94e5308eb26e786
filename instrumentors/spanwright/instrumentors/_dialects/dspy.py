# SPDX-License-Identifier: Apache-2.0
"""What DSPy's language models are asked and answer, and what goes into its programs and comes out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import (
    litellm_chat,
    litellm_responses,
    openai_chat,
    openai_completions,
)
from spanwright.instrumentors._dialects.wire import fields, finish, get, items, string
from spanwright.semconv.model import (
    Content,
    Document,
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
from spanwright.semconv.serial import dumps

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 1 << 20
# How the answer of each kind of model is shaped, as LiteLLM has it.
_SHAPES: dict[str, Any] = {"responses": litellm_responses, "text": openai_completions}
# What a program answers about how it went, beside its output.
_TOLD = ("trajectory", "history")


def request(body: Any, asked: Any = None) -> Request:
    """Read what is asked for; `asked` is a request in the library's own types, since 3.4."""
    found = litellm_chat.request(body)
    if asked is not None:
        config = getattr(asked, "config", None)
        found.max_tokens = getattr(config, "max_tokens", None)
        found.temperature = getattr(config, "temperature", None)
        found.top_p = getattr(config, "top_p", None)
        found.top_k = getattr(config, "top_k", None)
        found.seed = getattr(config, "seed", None)
        found.stop = getattr(config, "stop", None) or None
        found.frequency_penalty = getattr(config, "frequency_penalty", None)
        found.presence_penalty = getattr(config, "presence_penalty", None)
    return found


def content(body: Any, asked: Any = None) -> Content:
    """Read the sensitive part of a request."""
    if asked is None:
        return openai_chat.content(body)
    system = getattr(asked, "system", None)
    return Content(
        system=[Text(system)] if isinstance(system, str) else _parts(system),
        input=[typed(each) for each in items(getattr(asked, "messages", None))],
    )


def typed(value: Any) -> Message:
    """Read a message in the library's own types."""
    return Message(string(getattr(value, "role", None)) or "user", _parts(getattr(value, "parts", None)))


def response(value: Any, kind: str | None) -> Response:
    """Read the facts of an answer: the library's own record of a call (since 3.4), or LiteLLM's answer."""
    if not _is_record(value):
        return _SHAPES.get(kind or "", litellm_chat).response(value)
    native = items(get(value, "responses"))
    if not native:
        found: Response = _SHAPES.get(kind or "", litellm_chat).response(get(value, "raw"))
    else:
        reasons = [finish(getattr(each, "finish_reason", None)) for each in native]
        found = Response(
            id=string(getattr(native[0], "id", None)),
            model=string(getattr(native[0], "model", None)),
            finish_reasons=[each or "error" for each in reasons] if any(reasons) else None,
        )
    if (used := get(value, "usage")) and native:
        found.usage = litellm_chat.usage(used)
    return found


def output(value: Any, kind: str | None) -> Sequence[Message]:
    """Read the messages of an answer."""
    if not _is_record(value):
        return _SHAPES.get(kind or "", litellm_chat).output(value)
    native = items(get(value, "responses"))
    if not native:
        return _SHAPES.get(kind or "", litellm_chat).output(get(value, "raw"))
    found: list[Message] = []
    for each in native:
        message = typed(getattr(each, "message", None))
        message.role = "assistant"
        message.finish_reason = finish(getattr(each, "finish_reason", None))
        found.append(message)
    return found


def given(inputs: Any) -> list[Message]:
    """Read what goes into a program: its inputs by name, and a single one as it is."""
    return [Message("user", [Text(_told(fields(inputs)))])] if fields(inputs) else []


def answer(value: Any) -> list[Message]:
    """Read what comes out of a program: the fields of a prediction, or anything else that it returns."""
    held = get(value, "_store")
    if held is None:
        return [Message("assistant", [Text(_told({"": value}))])] if value is not None else []
    told = {name: each for name, each in fields(held).items() if name not in _TOLD}
    return [Message("assistant", [Text(_told(told))])] if told else []


def passages(value: Any) -> list[Document]:
    """Read what a search found: texts, or objects that hold one."""
    held = get(get(value, "_store"), "passages")
    return [_document(each) for each in items(held if held is not None else value)]


def _document(value: Any) -> Document:
    if isinstance(value, str):
        return Document(content=value)
    text = string(get(value, "long_text")) or string(get(value, "text"))
    score = get(value, "score")
    return Document(content=text, score=score if isinstance(score, (int, float)) else None)


def _is_record(value: Any) -> bool:
    held = fields(value)
    return "responses" in held and "outputs" in held


def _told(named: dict[str, Any]) -> str:
    if len(named) == 1:
        (only,) = named.values()
        return only if isinstance(only, str) else dumps(only, _LONGEST)
    return dumps(named, _LONGEST)


def _parts(values: Any) -> list[Part]:
    return [_part(each) for each in items(values)]


def _part(value: Any) -> Part:
    kind = string(getattr(value, "type", None)) or "unknown"
    text = getattr(value, "text", None)
    if kind == "thinking" and isinstance(text, str):
        return Reasoning(text)
    if isinstance(text, str):
        return Text(text)
    if kind == "tool_call" and (name := string(getattr(value, "name", None))) is not None:
        return ToolCall(name, string(getattr(value, "id", None)), getattr(value, "input", None))
    if kind == "tool_result":
        held = "".join(
            part.content for part in _parts(getattr(value, "content", None)) if isinstance(part, Text)
        )
        return ToolResponse(held, string(getattr(value, "id", None)))
    return Generic(kind, {})
