# SPDX-License-Identifier: Apache-2.0
"""Gemini's content API, spoken by the Gemini API and by Vertex AI: requests and answers of `generateContent`."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.gemini_chunks import Chunks
from spanwright.instrumentors._dialects.gemini_finish import finish
from spanwright.instrumentors._dialects.gemini_parts import message, parts, tools
from spanwright.instrumentors._dialects.gemini_usage import usage
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Message, Request, Response

__all__ = ["Chunks", "content", "output", "request", "response", "usage"]


def request(body: Any) -> Request:
    """Read what was asked for; `body` is the JSON that goes over the wire, which names no model."""
    read = fields(get(body, "generationConfig")).get
    return Request(
        max_tokens=read("maxOutputTokens"),
        temperature=read("temperature"),
        top_p=read("topP"),
        top_k=read("topK"),
        frequency_penalty=read("frequencyPenalty"),
        presence_penalty=read("presencePenalty"),
        seed=read("seed"),
        choices=read("candidateCount"),
        stop=read("stopSequences"),
        output_type=_output_type(read),
        reasoning_level=_level(read("thinkingConfig")),
    )


def response(value: Any) -> Response:
    """Read the facts of an answer; a prompt that is blocked has no candidates, and the reason stands elsewhere."""
    read = fields(value).get
    reasons = [finish(each) for each in items(read("candidates"))]
    if not reasons and string(get(read("promptFeedback"), "blockReason")) is not None:
        reasons = ["content_filter"]
    error = read("error")
    return Response(
        id=read("responseId"),
        model=read("modelVersion"),
        finish_reasons=[reason or "error" for reason in reasons] if any(reasons) else None,
        usage=usage(read("usageMetadata")),
        error=None if error is None else string(get(error, "status")) or "_OTHER",
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request; instructions are separate from the history here."""
    read = fields(body).get
    return Content(
        system=parts(read("systemInstruction")),
        input=[message(each) for each in items(read("contents"))],
        tools=tools(read("tools")),
    )


def output(value: Any) -> list[Message]:
    """Read the messages of an answer, one a candidate."""
    found: list[Message] = []
    for candidate in items(get(value, "candidates")):
        read = Message("assistant", parts(get(candidate, "content")), finish_reason=finish(candidate))
        if read.parts or read.finish_reason:
            found.append(read)
    return found


def _output_type(read: Any) -> str | None:
    form = string(read("responseMimeType"))
    if form == "application/json":
        return n.OutputType.JSON
    asked = {each.upper() for each in items(read("responseModalities")) if isinstance(each, str)}
    if "IMAGE" in asked:
        return n.OutputType.IMAGE
    if "AUDIO" in asked:
        return n.OutputType.SPEECH
    return n.OutputType.TEXT if form is not None or asked == {"TEXT"} else None


def _level(thinking: Any) -> str | None:
    """Return how hard the model is to think: a word; a budget in tokens is no level. Some versions send snake case."""
    level = string(get(thinking, "thinkingLevel")) or string(get(thinking, "thinking_level"))
    return None if level is None or level.endswith("_UNSPECIFIED") else level.lower()
