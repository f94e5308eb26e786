# SPDX-License-Identifier: Apache-2.0
"""OpenAI's legacy text completions: a prompt in, texts out."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import finish, get, items
from spanwright.semconv.model import Content, Message, Text

request = openai_chat.request
response = openai_chat.response
answered_refinements = openai_chat.answered_refinements


def refinements(body: Any) -> dict[str, Any]:
    """Return nothing: the API type has no value for this endpoint."""
    del body
    return {}


def content(body: Any) -> Content:
    """Read the prompt, which is a text, texts, or token ids."""
    prompt = body.get("prompt")
    prompts = (
        [prompt] if isinstance(prompt, str) else [each for each in items(prompt) if isinstance(each, str)]
    )
    return Content(input=[Message("user", [Text(each)]) for each in prompts])


def output(value: Any) -> list[Message]:
    """Read the texts, one a choice."""
    return [
        Message("assistant", _texts(get(choice, "text")), finish_reason=finish(get(choice, "finish_reason")))
        for choice in items(get(value, "choices"))
    ]


def _texts(value: Any) -> list[Any]:
    return [Text(value)] if isinstance(value, str) else []


class Chunks(openai_chat.Chunks):
    """Keeps the pieces of text; here a chunk's choice carries its text itself."""

    __slots__ = ("_pieces",)

    def __init__(self, *, content: bool) -> None:
        super().__init__(content=False)
        self._pieces: dict[int, list[str]] | None = {} if content else None

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        super().add(chunk)
        if self._pieces is not None:
            for choice in items(get(chunk, "choices")):
                index, piece = get(choice, "index"), get(choice, "text")
                if isinstance(piece, str):
                    self._pieces.setdefault(index if isinstance(index, int) else 0, []).append(piece)

    def value(self) -> dict[str, Any]:
        """Return the answer in the shape of an unstreamed one."""
        whole = super().value()
        for choice in whole["choices"]:
            choice["text"] = "".join((self._pieces or {}).get(choice["index"], ())) or None
        return whole
