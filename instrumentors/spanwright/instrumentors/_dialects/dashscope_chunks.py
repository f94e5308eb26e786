# SPDX-License-Identifier: Apache-2.0
"""The chunks of a streamed DashScope answer: each the piece that is new, or, by default, all there is so far."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string


class Growing:
    """A text that comes in pieces or grows; which of both shows, since what grows begins with what it was."""

    __slots__ = ("_last", "_lengths", "_pieces")

    def __init__(self) -> None:
        self._last = ""
        self._lengths: list[int] = []
        self._pieces: list[str] | None = None

    def add(self, text: str) -> None:
        """Take what one chunk has of it."""
        if self._pieces is not None:
            self._pieces.append(text)
        elif text.startswith(self._last):
            self._last = text
            self._lengths.append(len(text))
        else:
            # Each so far began the next one, so that the last has them all.
            self._pieces = [*(self._last[:length] for length in self._lengths), text]

    def incremental(self) -> None:
        """Take everything from now on as a piece."""
        if self._pieces is None:
            self._pieces = [self._last[:length] for length in self._lengths]

    def value(self) -> str:
        """Return the text."""
        return self._last if self._pieces is None else "".join(self._pieces)


class Chunks:
    """Keeps what is needed of a stream: facts of the last chunks, and with content the texts.

    Texts are taken from a chunk at once: where the application wants everything so far, newer SDKs ask the server for
    pieces, and put them together within the very objects that we are shown.
    """

    __slots__ = ("_choices", "_error", "_id", "_incremental", "_reasons", "_usage")

    def __init__(self, *, content: bool, incremental: bool = False) -> None:
        self._incremental = incremental
        self._id: Any = None
        self._usage: Any = None
        self._error: dict[str, Any] = {}
        self._reasons: dict[int, Any] = {}
        self._choices: dict[int, _Choice] | None = {} if content else None

    def add(self, chunk: Any) -> None:
        """Take one chunk. Usage comes on every one and counts everything so far, so the last one wins."""
        read = fields(chunk).get
        self._id = read("request_id") or self._id
        if (used := read("usage")) is not None:
            self._usage = used
        status = read("status_code")
        if isinstance(status, int) and status != 200:  # noqa: PLR2004 - an HTTP status is its own name
            self._error = {"status_code": status, "code": read("code")}
        made = read("output")
        choices = items(get(made, "choices"))
        for place, choice in enumerate(choices or (() if made is None else (made,))):
            # Without choices the output is its only one itself.
            index = get(choice, "index") if choices else 0
            if type(index) is not int:
                index = place
            if (reason := get(choice, "finish_reason")) not in (None, "null"):
                self._reasons[index] = reason
            elif index not in self._reasons:
                self._reasons[index] = None
            if self._choices is not None:
                message = get(choice, "message") if choices else {"content": get(made, "text")}
                self._keep(self._choices, index, message)

    def _keep(self, kept: dict[int, _Choice], index: int, message: Any) -> None:
        if index not in kept:
            kept[index] = _Choice(incremental=self._incremental)
        kept[index].add(message)

    def value(self) -> dict[str, Any]:
        """Return the answer that the chunks make up, in the shape of an unstreamed one."""
        kept = self._choices or {}
        return {
            **self._error,
            "request_id": self._id,
            "usage": self._usage,
            "output": {
                "choices": [
                    {"finish_reason": reason, "message": kept[index].value() if index in kept else None}
                    for index, reason in sorted(self._reasons.items())
                ]
            },
        }


class _Choice:
    """One choice's message as it grows."""

    __slots__ = ("_calls", "_incremental", "_role", "_texts")

    def __init__(self, *, incremental: bool) -> None:
        self._incremental = incremental
        self._role = "assistant"
        self._texts: dict[str, Growing] = {}
        self._calls: dict[int, _Call] = {}

    def add(self, message: Any) -> None:
        read = fields(message).get
        self._role = string(read("role")) or self._role
        for name in ("reasoning_content", "content"):
            if (said := _said(read(name))) is not None:
                if name not in self._texts:
                    self._texts[name] = _growing(incremental=self._incremental)
                self._texts[name].add(said)
        for place, call in enumerate(items(read("tool_calls"))):
            index = get(call, "index")
            index = index if type(index) is int else place
            if index not in self._calls:
                self._calls[index] = _Call(incremental=self._incremental)
            self._calls[index].add(call)

    def value(self) -> dict[str, Any]:
        return {
            "role": self._role,
            **{name: text.value() for name, text in self._texts.items()},
            "tool_calls": [call.value() for _, call in sorted(self._calls.items())],
        }


class _Call:
    """One tool call as it grows."""

    __slots__ = ("_arguments", "_id", "_name")

    def __init__(self, *, incremental: bool) -> None:
        self._id: str | None = None
        self._name: str | None = None
        self._arguments = _growing(incremental=incremental)

    def add(self, call: Any) -> None:
        self._id = string(get(call, "id")) or self._id
        inner = get(call, "function")
        self._name = self._name or string(get(inner, "name"))
        if isinstance(given := get(inner, "arguments"), str):
            self._arguments.add(given)

    def value(self) -> dict[str, Any]:
        told = {"name": self._name, "arguments": self._arguments.value()}
        return {"id": self._id, "type": "function", "function": told}


def _growing(*, incremental: bool) -> Growing:
    found = Growing()
    if incremental:
        found.incremental()
    return found


def _said(value: Any) -> str | None:
    """Return the text of a content, which comes in parts where there may be other media; None when there is none."""
    if isinstance(value, str):
        return value
    found = [text for each in items(value) if isinstance(text := get(each, "text"), str)]
    return "".join(found) if found else None
