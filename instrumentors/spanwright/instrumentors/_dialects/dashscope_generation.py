# SPDX-License-Identifier: Apache-2.0
"""DashScope's generation, of text and of several media: the question in `input`, the answer in `output`."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.dashscope_chunks import Chunks
from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, media, string, texts
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
    Usage,
)

__all__ = ["Chunks", "content", "failure", "message", "output", "request", "response", "usage"]

_OK = 200
_MEDIA = ("image", "audio", "video")


def request(body: Any) -> Request:
    """Read what was asked for; `stream`, which is a header on the wire, stands beside `input` here."""
    read = fields(body.get("parameters")).get
    form = get(read("response_format"), "type")
    return Request(
        model=body.get("model"),
        stream=body.get("stream"),
        max_tokens=read("max_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        presence_penalty=read("presence_penalty"),
        seed=read("seed"),
        choices=read("n"),
        stop=read("stop"),
        output_type=_output_type(form),
    )


def _output_type(form: Any) -> str | None:
    if not isinstance(form, str):
        return None
    return n.OutputType.TEXT if form == "text" else n.OutputType.JSON


def response(value: Any) -> Response:
    """Read the facts of an answer; it does not name the model."""
    read, made = fields(value).get, get(value, "output")
    choices = items(get(made, "choices"))
    reasons = [_reason(get(each, "finish_reason")) for each in choices or [made]]
    return Response(
        id=read("request_id"),
        finish_reasons=[reason or "error" for reason in reasons] if any(reasons) else None,
        usage=usage(read("usage")),
        error=failure(value),
    )


def failure(value: Any) -> str | None:
    """Return the code of an error, which comes as an answer and not as an exception."""
    status = get(value, "status_code")
    if not isinstance(status, int) or status == _OK:
        return None
    return string(get(value, "code")) or str(int(status))


def _reason(value: Any) -> str | None:
    """Return a finish reason; a stream that goes on says `null` in letters."""
    return None if value == "null" else finish(value)


def usage(value: Any) -> Usage | None:
    """Read token counts; which details there are differs between models."""
    if value is None:
        return None
    read = fields(value).get
    # What was cached is told in one place and the kinds of media in another.
    cached = fields(read("prompt_tokens_details")).get
    asked, made = fields(read("input_tokens_details")).get, fields(read("output_tokens_details")).get
    return Usage(
        input=count(read("input_tokens")),
        output=count(read("output_tokens")),
        cache_read=count(cached("cached_tokens")) or count(asked("cached_tokens")),
        cache_write=count(cached("cache_creation_input_tokens")),
        reasoning=count(made("reasoning_tokens")),
        text_input=count(asked("text_tokens")),
        text_output=count(made("text_tokens")),
        image_input=count(asked("image_tokens")),
        audio_input=count(asked("audio_tokens")),
        audio_output=count(made("audio_tokens")),
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request."""
    asked = fields(body.get("input")).get
    told = [message(each) for each in items(asked("messages"))]
    if prompt := texts(asked("prompt")):
        told.append(Message("user", prompt))
    tools = items(get(body.get("parameters"), "tools"))
    return Content(input=told, tools=[openai_chat.tool(each) for each in tools])


def output(value: Any) -> list[Message]:
    """Read the messages of an answer, one a choice; the older format has one text."""
    made = get(value, "output")
    found: list[Message] = []
    for each in items(get(made, "choices")):
        read = message(get(each, "message"))
        read.finish_reason = _reason(get(each, "finish_reason"))
        if read.parts or read.finish_reason:
            found.append(read)
    if not found and (said := texts(get(made, "text"))):
        found.append(Message("assistant", said, finish_reason=_reason(get(made, "finish_reason"))))
    return found


def message(value: Any) -> Message:
    """Read one message. It is OpenAI's, but for the parts, which are named by what they hold."""
    held = items(get(value, "content"))
    if not held or get(value, "role") == "tool":
        return openai_chat.message(value)
    read = openai_chat.message({**fields(value), "content": None})
    # What was thought comes first, what is called last.
    first = sum(isinstance(part, Reasoning) for part in read.parts)
    read.parts[first:first] = [_part(each) for each in held]
    return read


def _part(value: Any) -> Part:
    if isinstance(value, str):
        return Text(value)
    read = fields(value).get
    if isinstance(text := read("text"), str):
        return Text(text)
    for kind in _MEDIA:
        if (address := string(read(kind))) is not None:
            return media(kind, address)
    return Generic(string(read("type")) or "unknown", value)
