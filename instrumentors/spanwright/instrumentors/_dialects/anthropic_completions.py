# SPDX-License-Identifier: Apache-2.0
"""Anthropic's legacy text completions, which have one text for a prompt and no token counts."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.anthropic_messages import answered_refinements, refinements
from spanwright.instrumentors._dialects.wire import fields, finish, get, string, texts
from spanwright.semconv.model import Content, Message, Request, Response

__all__ = ["Chunks", "answered_refinements", "content", "output", "refinements", "request", "response"]


def request(body: Any) -> Request:
    """Read what was asked for."""
    read = body.get
    return Request(
        model=read("model"),
        stream=read("stream"),
        max_tokens=read("max_tokens_to_sample"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        stop=read("stop_sequences"),
    )


def content(body: Any) -> Content:
    """Read the prompt."""
    parts = texts(body.get("prompt"))
    return Content(input=[Message("user", parts)] if parts else [])


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    read = fields(value).get
    reason = finish(read("stop_reason"))
    return Response(
        id=read("id"), model=read("model"), finish_reasons=[reason] if reason is not None else None
    )


def output(value: Any) -> list[Message]:
    """Read the text of an answer."""
    parts, reason = texts(get(value, "completion")), finish(get(value, "stop_reason"))
    return [Message("assistant", parts, finish_reason=reason)] if parts or reason is not None else []


class Chunks:
    """Keeps the first and the last chunk and, with content, the pieces of the text."""

    __slots__ = ("_first", "_pieces", "_reason")

    def __init__(self, *, content: bool) -> None:
        self._first: Any = None
        self._reason: Any = None
        self._pieces: list[str] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        read = fields(chunk).get
        if self._first is None:
            self._first = chunk
        self._reason = read("stop_reason") or self._reason
        if self._pieces is not None and (piece := string(read("completion"))) is not None:
            self._pieces.append(piece)

    def value(self) -> dict[str, Any]:
        """Return the answer that the chunks make up."""
        read = fields(self._first).get
        text = "".join(self._pieces or ())
        return {
            "id": read("id"),
            "model": read("model"),
            "stop_reason": self._reason,
            "completion": text or None,
        }
