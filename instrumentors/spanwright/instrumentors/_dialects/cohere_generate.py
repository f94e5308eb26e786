# SPDX-License-Identifier: Apache-2.0
"""Cohere's text generation and classification, which came before its chat."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.cohere_usage import failure, finish, usage
from spanwright.instrumentors._dialects.wire import fields, get, items, string, texts
from spanwright.semconv.model import Content, Generic, Message, Request, Response, Text


def request(body: Any) -> Request:
    """Read what was asked for; a classification names nothing but a model."""
    read = body.get
    stop = [*items(read("stop_sequences")), *items(read("end_sequences"))]
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
        choices=read("num_generations"),
        stop=stop or None,
    )


def response(value: Any) -> Response:
    """Read the facts of an answer; with several generations one finish reason each, in their order."""
    read = fields(value).get
    reasons = _reasons(value)
    return Response(
        id=read("id"),
        finish_reasons=[reason or "error" for reason in reasons] if any(reasons) else None,
        usage=usage(read("meta")),
        error=failure(read("finish_reason")),
    )


def content(body: Any) -> Content:
    """Read the prompt, or the texts to classify."""
    found = texts(body.get("prompt")) or [Text(each) for each in items(body.get("inputs")) if string(each)]
    return Content(input=[Message("user", found)] if found else ())


def output(value: Any) -> list[Message]:
    """Read the generations, or the classes, of an answer."""
    found = [
        Message("assistant", texts(get(each, "text")), finish_reason=reason)
        for each, reason in zip(items(get(value, "generations")), _reasons(value), strict=False)
    ]
    if classes := [
        Generic(
            "classification",
            {name: get(each, name) for name in ("input", "prediction", "predictions", "confidences")},
        )
        for each in items(get(value, "classifications"))
    ]:
        found.append(Message("assistant", [*classes]))
    return found


def _reasons(value: Any) -> list[str | None]:
    """Return why each generation stopped; a stream tells it once for the one that it has."""
    told = [finish(get(each, "finish_reason")) for each in items(get(value, "generations"))]
    last = finish(get(value, "finish_reason"))
    return [each or last for each in told] if told else [last]


class Chunks:
    """Keeps what is needed of a stream, whose last event repeats the answer."""

    __slots__ = ("_end", "_text")

    def __init__(self, *, content: bool) -> None:
        self._end: Any = None
        self._text: list[str] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        read = fields(chunk).get
        if read("event_type") in ("stream-end", "stream-error"):
            self._end = chunk
        elif self._text is not None:
            self._text.append(string(read("text")) or "")

    def value(self) -> dict[str, Any]:
        """Return the answer that the events make up, in the shape of an unstreamed one."""
        told = fields(get(self._end, "response"))
        return {
            "generations": [{"text": "".join(self._text)}] if self._text else [],
            **{name: value for name, value in told.items() if value is not None},
            "finish_reason": get(self._end, "finish_reason"),
        }
