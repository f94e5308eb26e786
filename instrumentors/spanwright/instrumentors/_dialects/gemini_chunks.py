# SPDX-License-Identifier: Apache-2.0
"""The chunks of a streamed `generateContent`, put together as the unstreamed answer would be."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from spanwright.instrumentors._dialects.gemini_finish import calls
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv.serial import parsed

_CALL: dict[str, Any] = {"functionCall": {}}
# Told once in a stream, in a chunk that need not be the first or the last.
_TOP = ("promptFeedback", "error")


class Chunks:
    """Keeps what is needed of a stream. Facts alone take constant memory; with content the chunks are kept too.

    A chunk is JSON, as a text or parsed. A text is parsed at the end, but for one that tells what no later one repeats.
    """

    __slots__ = ("_called", "_chunks", "_finish", "_first", "_last", "_top", "_usage")

    def __init__(self, *, content: bool) -> None:
        self._first: Any = None
        self._last: Any = None
        self._usage: Any = None
        self._finish: dict[int, Any] = {}
        self._called: set[int] = set()
        self._top: dict[str, Any] = {}
        self._chunks: list[Any] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one chunk. Counts are cumulative, so the last ones win."""
        if self._first is None:
            self._first = chunk
        self._last = chunk
        if not isinstance(chunk, str):
            self._take(chunk)
            return
        if self._chunks is not None:
            self._chunks.append(chunk)
        if '"usageMetadata"' in chunk:
            self._usage = chunk
        if (
            '"finishReason"' in chunk
            or ('"functionCall"' in chunk and not self._called)
            or '"promptFeedback"' in chunk
            or '"error"' in chunk
        ):
            self._note(parsed(chunk))

    def value(self) -> dict[str, Any]:
        """Return the answer that the chunks make up, in the shape of an unstreamed one."""
        first, last = parsed(self._first), parsed(self._last)
        texts = self._contents()
        # Even a stream that is cut before any reason has its one candidate.
        known = {0} if texts or self._called else set[int]()
        return {
            **self._top,
            "responseId": string(get(first, "responseId")) or get(last, "responseId"),
            "modelVersion": string(get(first, "modelVersion")) or get(last, "modelVersion"),
            "usageMetadata": get(parsed(self._usage), "usageMetadata"),
            "candidates": [
                {
                    "finishReason": self._finish.get(index),
                    "content": {"parts": texts.get(index) or ([_CALL] if index in self._called else [])},
                }
                for index in sorted({*self._finish, *texts, *self._called, *known})
            ],
        }

    def _take(self, chunk: Any) -> None:
        """Take a parsed chunk. Versions of the SDK before 1.25 remove from it what they do not know, so it is copied."""
        if self._chunks is not None:
            self._chunks.append(deepcopy(chunk))
        if (used := get(chunk, "usageMetadata")) is not None:
            self._usage = {"usageMetadata": dict(fields(used))}
        self._note(chunk)

    def _note(self, chunk: Any) -> None:
        for name in _TOP:
            if (told := get(chunk, name)) is not None:
                self._top[name] = told
        for candidate in items(get(chunk, "candidates")):
            index = _index(candidate)
            if (reason := string(get(candidate, "finishReason"))) is not None:
                self._finish[index] = reason
            if calls(candidate):
                self._called.add(index)

    def _contents(self) -> dict[int, list[Any]]:
        """Join neighbouring texts of a candidate, thoughts apart from words."""
        found: dict[int, list[Any]] = {}
        for chunk in map(parsed, self._chunks or ()):
            for candidate in items(get(chunk, "candidates")):
                held = found.setdefault(_index(candidate), [])
                for part in items(get(get(candidate, "content"), "parts")):
                    text = get(part, "text")
                    if not isinstance(text, str):
                        held.append(part)
                    elif held and type(held[-1]) is _Words and held[-1].thought == get(part, "thought"):
                        held[-1].pieces.append(text)
                    else:
                        held.append(_Words(get(part, "thought"), [text]))
        return {
            index: [each.part() if type(each) is _Words else each for each in held]
            for index, held in found.items()
        }


@dataclass(slots=True)
class _Words:
    """A text part that grows."""

    thought: Any
    pieces: list[str]

    def part(self) -> dict[str, Any]:
        """Return the part that the pieces make up."""
        return {"text": "".join(self.pieces), "thought": self.thought}


def _index(candidate: Any) -> int:
    index = get(candidate, "index")
    return index if type(index) is int else 0
