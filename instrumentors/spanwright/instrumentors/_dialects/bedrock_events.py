# SPDX-License-Identifier: Apache-2.0
"""The events of a streamed Converse answer, put together as the unstreamed answer would be."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv.serial import parsed


class Chunks:
    """Keeps what is needed of a stream. Facts alone take constant memory; with content the events are kept too."""

    __slots__ = ("_end", "_held", "_last", "_role")

    def __init__(self, *, content: bool) -> None:
        self._role: Any = None
        self._end: Any = None
        self._last: Any = None
        self._held: list[Any] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one event, a mapping with a single member that names its kind."""
        read = fields(chunk).get
        if (read("contentBlockDelta") or read("contentBlockStart")) is not None:
            if self._held is not None:
                self._held.append(chunk)
        elif (begun := read("messageStart")) is not None:
            self._role = get(begun, "role")
        elif (ended := read("messageStop")) is not None:
            self._end = get(ended, "stopReason")
        elif (told := read("metadata")) is not None:
            self._last = told

    def value(self) -> dict[str, Any]:
        """Return the answer that the events make up, in the shape of an unstreamed one."""
        return {
            "output": {"message": {"role": self._role, "content": _blocks(self._held or [])}},
            "stopReason": self._end,
            "usage": get(self._last, "usage"),
            "trace": get(self._last, "trace"),
        }


def _blocks(events: list[Any]) -> list[dict[str, Any]]:
    """Join the deltas of each block. Nova numbers every piece of one text as a block of its own."""
    found: dict[Any, dict[str, Any]] = {}
    for event in events:
        begun, delta = get(event, "contentBlockStart"), get(event, "contentBlockDelta")
        index = get(begun if begun is not None else delta, "contentBlockIndex")
        block = found.setdefault(
            index if type(index) is int else 0, {"start": None, "pieces": {}, "results": []}
        )
        if begun is not None:
            block["start"] = get(begun, "start")
        else:
            _take(block, fields(get(delta, "delta")))
    made: list[dict[str, Any]] = []
    for _, block in sorted(found.items()):
        for each in _made(block):
            if "text" in each and made and "text" in made[-1]:
                made[-1] = {"text": made[-1]["text"] + each["text"]}
            else:
                made.append(each)
    return made


def _take(block: dict[str, Any], delta: dict[str, Any]) -> None:
    thought = get(delta.get("reasoningContent"), "text")
    given = get(delta.get("toolUse"), "input")
    for name, piece in (("text", delta.get("text")), ("thought", thought), ("input", given)):
        if (text := string(piece)) is not None:
            block["pieces"].setdefault(name, []).append(text)
    if get(delta.get("reasoningContent"), "redactedContent") is not None:
        block["pieces"].setdefault("redacted", [])
    block["results"].extend(items(delta.get("toolResult")))


def _made(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the content blocks that one block of the stream makes: one, or none where nothing came."""
    pieces, start = block["pieces"], fields(block["start"])
    made: list[dict[str, Any]] = []
    if (called := start.get("toolUse")) is not None or "input" in pieces:
        given = "".join(pieces.get("input", ()))
        made.append({"toolUse": {**fields(called), "input": parsed(given) if given else {}}})
    if (result := start.get("toolResult")) is not None:
        made.append({"toolResult": {**fields(result), "content": block["results"]}})
    if "thought" in pieces or "redacted" in pieces:
        made.append({"reasoningContent": {"reasoningText": {"text": "".join(pieces.get("thought", ()))}}})
    if "text" in pieces:
        made.append({"text": "".join(pieces["text"])})
    return made
