# SPDX-License-Identifier: Apache-2.0
"""Writer's own endpoints that make texts: legacy completions, vision, translation, applications, questions to graphs."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.semconv.model import Content, Message, Request, Response, Text

# Where each endpoint's request and answer have their text.
_ASKED = ("prompt", "text", "question")
_TOLD = ("text", "data", "suggestion", "answer")


def request(body: Any) -> Request:
    """Read what was asked for."""
    read = body.get
    return Request(
        model=read("model"),
        stream=read("stream"),
        max_tokens=read("max_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        seed=read("random_seed"),
        stop=read("stop"),
    )


def refinements(body: Any) -> dict[str, Any]:
    """Return nothing: only OpenAI has refinements."""
    del body
    return {}


def response(value: Any) -> Response:
    """Read the facts of an answer: the model alone, and that not always. Writer tells no usage here."""
    return Response(model=string(get(value, "model")))


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Return nothing."""
    del value
    return None


def content(body: Any) -> Content:
    """Read what was said to the model; files are told by id and not read."""
    found = [text for name in _ASKED if (text := string(body.get(name))) is not None]
    for each in items(body.get("inputs")):
        found += [text for given in items(get(each, "value")) if (text := string(given)) is not None]
    return Content(input=[Message("user", [Text(each)]) for each in found])


def output(value: Any) -> list[Message]:
    """Read the texts, one a choice."""
    choices = items(get(value, "choices")) or [value]
    return [Message("assistant", [Text(text)]) for each in choices if (text := _text(each)) is not None]


def _text(value: Any) -> str | None:
    return next((text for name in _TOLD if (text := string(get(value, name))) is not None), None)


class Chunks:
    """Keeps the pieces of text: a completion's `value`, an application's `delta`, or a graph's growing `data`."""

    __slots__ = ("_pieces",)

    def __init__(self, *, content: bool) -> None:
        self._pieces: list[str] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        if self._pieces is None:
            return
        piece = string(get(chunk, "value")) or string(get(get(chunk, "delta"), "content"))
        if piece is None:
            piece = string(get(get(chunk, "data"), "answer"))
        if piece is not None:
            self._pieces.append(piece)

    def value(self) -> dict[str, Any]:
        """Return the answer in the shape of an unstreamed one."""
        return {"text": "".join(self._pieces or ())}
