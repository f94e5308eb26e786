# SPDX-License-Identifier: Apache-2.0
"""Answers as the client receives them, before it parses them: bytes, or the lines of an event stream."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv.model import Blob, Message, Response, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

# What makes a line worth parsing while no content is captured.
_TELLS = re.compile(r'"(?:finish_reason|usage|details|error|x_groq)"\s*:\s*["{]')
_OTHER = "_OTHER"
_MODALITIES = {"image": "image", "speech": "audio", "video": "video"}
_JSON = (b"{", b"[")


class Answer:
    """The reader of one call; `made` is what comes out of a task that has no dialect."""

    __slots__ = ("_dialect", "_held", "_made")

    def __init__(self, dialect: Any, made: str | None = None) -> None:
        self._dialect = dialect
        self._made = made
        self._held: tuple[Any, Any] = (None, None)

    def response(self, value: Any) -> Response | None:
        """Return the facts of an answer."""
        if self._dialect is None or (value := self._parsed(value)) is None:
            return None
        found: Response = self._dialect.response(value)
        if get(value, "error") is not None:
            found.error = _kind(value)
            found.finish_reasons = found.finish_reasons or ["error"]
        return found

    def output(self, value: Any) -> Sequence[Message]:
        """Return the messages of an answer."""
        if self._dialect is not None:
            return self._dialect.output(self._parsed(value))
        if self._made in _MODALITIES and isinstance(value, bytes) and not value.startswith(_JSON):
            return [Message("assistant", [Blob(_MODALITIES[self._made], value)])]
        said = _text(self._parsed(value)) if self._made == "text" else None
        return [Message("assistant", [Text(said)])] if said is not None else []

    def chunks(self, *, content: bool) -> Lines:
        """Return a new keeper of lines."""
        return Lines(self._dialect.Chunks(content=content), content=content)

    def _parsed(self, value: Any) -> Any:
        """Parse once; vectors without facts, which come as a bare list, not at all."""
        if not isinstance(value, bytes):
            return value
        if self._held[0] is not value:
            bare = value.startswith(b"[") and not hasattr(self._dialect, "Chunks") and self._made is None
            self._held = (value, None if bare else _json(value))
        return self._held[1]


class Lines:
    """Keeps what is needed of an event stream; without content most lines need no parsing."""

    __slots__ = ("_content", "_error", "_inner", "_seen")

    def __init__(self, inner: Any, *, content: bool) -> None:
        self._inner = inner
        self._content = content
        self._seen = False
        self._error: dict[str, Any] | None = None

    def add(self, chunk: Any) -> None:
        """Take one line: text, or bytes before 1.0. Every other one is empty."""
        if not chunk:
            return
        line = chunk.decode(errors="replace") if isinstance(chunk, bytes) else chunk
        if not isinstance(line, str) or not line.startswith("data:"):
            return
        if self._content or not self._seen or _TELLS.search(line):
            event = fields(_json(line[5:]))
            if not event:
                return
            self._seen = True
            self._inner.add(event)
            if event.get("error") is not None:
                self._error = event

    def value(self) -> dict[str, Any]:
        """Return the answer that the lines make up."""
        whole: dict[str, Any] = self._inner.value()
        if self._error is not None:
            names = ("error", "error_type")
            whole.update({name: self._error[name] for name in names if name in self._error})
        return whole


def _json(data: Any) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        # The client finds out for itself.
        return None


def _kind(value: Any) -> str:
    """Return the type of an error that came within an answer."""
    error = get(value, "error")
    found = string(get(value, "error_type")) or string(get(error, "code")) or string(get(error, "type"))
    return found or _OTHER


def _text(value: Any) -> str | None:
    """Return the text that a task has made, under whichever name it stands."""
    held = items(value)
    read = fields(held[0] if held else value).get
    names = ("generated_text", "summary_text", "translation_text", "text")
    return next((text for name in names if (text := string(read(name))) is not None), None)
