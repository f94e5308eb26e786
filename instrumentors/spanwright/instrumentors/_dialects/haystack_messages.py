# SPDX-License-Identifier: Apache-2.0
"""Haystack's own shapes: chat messages, what generators and agents return, documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.llama_index_answers import reasons, usage
from spanwright.instrumentors._dialects.wire import fields, get, items, string, texts
from spanwright.semconv.model import (
    Blob,
    Content,
    Document,
    Generic,
    Message,
    Part,
    Reasoning,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
)
from spanwright.semconv.serial import parsed

if TYPE_CHECKING:
    from collections.abc import Callable

_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens", "max_new_tokens", "num_predict")
_IDS = ("id", "response_id")


def request(settings: dict[str, Any], asked: dict[str, Any]) -> Request:
    """Read what is asked for: the arguments of the run go before those of the component."""
    given = {**fields(settings.get("generation_kwargs")), **fields(asked.get("generation_kwargs"))}
    read = given.get
    stop = read("stop") if read("stop") is not None else read("stop_sequences")
    form = read("response_format")
    callback = asked.get("streaming_callback") or settings.get("streaming_callback")
    return Request(
        model=string(read("model")) or model(settings),
        stream=True if callback is not None else None,
        max_tokens=next((found for name in _LIMITS if (found := read(name)) is not None), None),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        frequency_penalty=read("frequency_penalty"),
        presence_penalty=read("presence_penalty"),
        seed=read("seed"),
        choices=read("n"),
        stop=[stop] if isinstance(stop, str) else stop,
        output_type="json" if form is not None and get(form, "type") != "text" else None,
        reasoning_level=string(read("reasoning_effort")) or string(get(read("reasoning"), "effort")),
    )


def model(settings: dict[str, Any]) -> str | None:
    """Return the name of the model that a component is made with."""
    return string(settings.get("model")) or string(settings.get("model_name_or_path"))


def content(asked: dict[str, Any], tools: Any) -> Content:
    """Read what a generator is asked: messages, or a prompt."""
    given = asked.get("messages") if asked.get("messages") is not None else asked.get("prompt")
    return Content(input=conversation(given), tools=offered(tools))


def offered(tools: Any) -> list[Tool]:
    """Read the tools of a list; what a set of them holds is its own affair."""
    names = [string(get(each, "name")) for each in items(tools)]
    return [Tool(name) for name in names if name is not None]


def conversation(value: Any) -> list[Message]:
    """Read messages, or a prompt."""
    if isinstance(value, str):
        return [Message("user", texts(value))] if value else []
    return [message(each) for each in items(value)]


def message(value: Any) -> Message:
    """Read a `ChatMessage`; some generators answer with plain text."""
    if isinstance(value, str):
        return Message("assistant", texts(value))
    held = fields(value)
    role = getattr(held.get("_role"), "value", held.get("_role"))
    parts = [_part(each) for each in items(held.get("_content"))]
    return Message(role if isinstance(role, str) and role else "user", parts, string(held.get("_name")))


def response(value: Any) -> Response | None:
    """Read the facts of a generator's answer, which each reply repeats, or which stand beside plain replies."""
    told = _told(value)
    if not told:
        return None
    first = told[0]
    found = Response(
        id=next((text for name in _IDS if (text := string(first.get(name))) is not None), None),
        model=string(first.get("model")),
        usage=usage({"usage": first.get("usage")}),
    )
    ends = [reasons(each) for each in told]
    if any(ends):
        found.finish_reasons = [each[0] if each else "error" for each in ends]
    return found


def embedded(value: Any) -> Response | None:
    """Read the facts of an embedder's answer."""
    told = fields(get(value, "meta"))
    return Response(model=string(told.get("model")), usage=usage(told)) if told else None


def output(value: Any) -> list[Message]:
    """Read the replies of a generator."""
    found = [message(each) for each in items(get(value, "replies"))]
    for each, told in zip(found, _told(value), strict=False):
        ends = reasons(told)
        each.finish_reason = ends[0] if ends else None
    return [each for each in found if each.parts or each.finish_reason]


def last(value: Any) -> list[Message]:
    """Read what an agent answers with."""
    held = get(value, "last_message")
    return [message(held)] if held is not None else conversation(get(value, "messages"))[-1:]


def given(value: Any) -> list[Message]:
    """Read what a pipeline is given: the messages and the plain values among its components' inputs."""
    found, parts = _data(value)
    return [*found, Message("user", parts)] if parts else found


def made(value: Any) -> list[Message]:
    """Read what a pipeline gives, as one message: its last message and the plain values among its outputs."""
    found, parts = _data(value)
    parts = [*(found[-1].parts if found else ()), *parts]
    return [Message("assistant", parts)] if parts else []


def documents(value: Any) -> list[Document]:
    """Read documents."""
    return [_document(each) for each in items(get(value, "documents"))]


def result(value: Any) -> Any:
    """Read what a tool returned: text is parsed when it is JSON."""
    return parsed(value)


def _data(value: Any) -> tuple[list[Message], list[Part]]:
    """Take the data of components apart; objects beside messages (documents, media) are left out."""
    found: list[Message] = []
    parts: list[Part] = []
    for component, held in (fields(value) if isinstance(value, dict) else {}).items():
        for name, each in (fields(held) if isinstance(held, dict) else {component: held}).items():
            if isinstance(each, (int, float)):
                parts.append(Generic(str(name), each))
            for item in items(each) or (each,):
                if isinstance(item, str):
                    parts += texts(item)
                elif get(item, "_content") is not None:
                    found.append(message(item))
    return found, parts


def _told(value: Any) -> list[dict[str, Any]]:
    replies = items(get(value, "replies"))
    told = [fields(get(each, "_meta")) for each in replies]
    if any(told):
        return told
    return [fields(each) for each in items(get(value, "meta"))][: len(replies)]


def _document(value: Any) -> Document:
    held = fields(value)
    score = held.get("score")
    return Document(
        id=string(held.get("id")),
        score=float(score) if isinstance(score, (int, float)) and not isinstance(score, bool) else None,
        content=string(held.get("content")),
        metadata=held.get("meta") or None,
    )


def _part(value: Any) -> Part:
    for name, read in _PARTS.items():
        if get(value, name) is not None and (found := read(value)) is not None:
            return found
    return Generic(type(value).__name__, value)


def _text(value: Any) -> Part | None:
    held = get(value, "text")
    return Text(held) if isinstance(held, str) else None


def _call(value: Any) -> Part | None:
    name = string(get(value, "tool_name"))
    return ToolCall(name, string(get(value, "id")), parsed(get(value, "arguments"))) if name else None


def _answer(value: Any) -> Part | None:
    return ToolResponse(parsed(get(value, "result")), string(get(get(value, "origin"), "id")))


def _thought(value: Any) -> Part | None:
    held = string(get(value, "reasoning_text"))
    return Reasoning(held) if held is not None else None


def _blob(name: str, modality: str) -> Callable[[Any], Part | None]:
    def read(value: Any) -> Part | None:
        held = get(value, name)
        return Blob(modality, held, string(get(value, "mime_type"))) if isinstance(held, str) else None

    return read


# By the field that tells the kind, in the order of asking.
_PARTS: dict[str, Callable[[Any], Part | None]] = {
    "tool_name": _call,
    "origin": _answer,
    "reasoning_text": _thought,
    "base64_image": _blob("base64_image", "image"),
    "base64_data": _blob("base64_data", "document"),
    "text": _text,
}
