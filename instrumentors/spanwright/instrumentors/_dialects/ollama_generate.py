# SPDX-License-Identifier: Apache-2.0
"""Ollama's completion of a prompt, and the pictures that some models make of one."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.ollama_chat import joined, pictures, request, response, spoken
from spanwright.instrumentors._dialects.wire import fields, finish, get, string, texts
from spanwright.semconv.model import Content, Generic, Message, Part

__all__ = ["Chunks", "content", "output", "request", "response"]


def content(body: Any) -> Content:
    """Read the sensitive part of a request: the instructions stand apart from the prompt."""
    parts: list[Part] = [*texts(body.get("prompt")), *pictures(body.get("images"))]
    if (suffix := string(body.get("suffix"))) is not None:
        parts.append(Generic("suffix", {"content": suffix}))
    return Content(system=texts(body.get("system")), input=[Message("user", parts)] if parts else [])


def output(value: Any) -> list[Message]:
    """Read what was made."""
    read = fields(value).get
    parts = [*spoken(read("thinking"), read("response")), *pictures([read("image")])]
    reason = finish(read("done_reason"))
    return [Message("assistant", parts, finish_reason=reason)] if parts or reason else []


class Chunks:
    """Keeps what is needed of a stream: the last line, and with content what was thought and said."""

    __slots__ = ("_last", "_said")

    def __init__(self, *, content: bool) -> None:
        self._last: Any = None
        self._said: list[Any] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one line."""
        self._last = chunk
        if self._said is not None:
            self._said.append(chunk)

    def value(self) -> dict[str, Any]:
        """Return the answer that the lines make up, in the shape of an unstreamed one."""
        whole = dict(fields(self._last))
        for name in ("response", "thinking") if self._said is not None else ():
            whole[name] = joined(self._said or [], name)
        whole["image"] = get(self._last, "image")
        return whole
