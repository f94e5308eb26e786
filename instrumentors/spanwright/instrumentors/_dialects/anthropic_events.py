# SPDX-License-Identifier: Apache-2.0
"""The events of a streamed message of Anthropic's API, put together as the unstreamed answer would be."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, string
from spanwright.semconv.serial import parsed

# Kind of a delta -> its field, and the field of the block that it continues.
_DELTAS = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "input_json_delta": ("partial_json", "input"),
    "compaction_delta": ("content", "content"),
}


class Chunks:
    """Keeps what is needed of a stream. Facts alone take constant memory; with content the deltas are kept too."""

    __slots__ = ("_blocks", "_compacted", "_deltas", "_end", "_error", "_start", "_used")

    def __init__(self, *, content: bool) -> None:
        self._start: Any = None
        self._end: Any = None
        self._used: Any = None
        self._error: Any = None
        self._compacted = False
        self._blocks: dict[int, Any] | None = {} if content else None
        self._deltas: list[tuple[int, Any]] = []

    def add(self, chunk: Any) -> None:
        """Take one event. Token counts are cumulative, so the last ones win."""
        read = fields(chunk).get
        kind = read("type")
        if kind == "content_block_delta":
            if self._blocks is not None:
                self._deltas.append((_index(read("index")), read("delta")))
        elif kind == "content_block_start":
            block = read("content_block")
            self._compacted = self._compacted or get(block, "type") == "compaction"
            if self._blocks is not None:
                self._blocks[_index(read("index"))] = block
        elif kind == "message_start":
            self._start = read("message")
        elif kind == "message_delta":
            self._end, self._used = read("delta"), read("usage")
        elif kind == "error":
            self._error = read("error") or chunk

    def value(self) -> dict[str, Any]:
        """Return the message that the events make up, in the shape of an unstreamed one."""
        start, end = fields(self._start).get, fields(self._end).get
        blocks = folded(self._blocks or {}, self._deltas)
        if self._compacted and not blocks:
            blocks = [{"type": "compaction"}]
        last = {name: held for name, held in fields(self._used).items() if held is not None}
        return {
            "type": "message" if self._error is None else "error",
            "error": self._error,
            "id": start("id"),
            "model": start("model"),
            "role": start("role"),
            "stop_reason": end("stop_reason") or start("stop_reason"),
            "usage": {**fields(start("usage")), **last} or None,
            "content": blocks,
        }


def folded(blocks: dict[int, Any], deltas: list[tuple[int, Any]]) -> list[dict[str, Any]]:
    """Join deltas to their blocks; the blocks themselves are the SDK's and stay as they are."""
    pieces: dict[int, dict[str, list[str]]] = {index: {} for index in blocks}
    for index, delta in deltas:
        source, target = _DELTAS.get(string(get(delta, "type")) or "", ("", ""))
        if (piece := string(get(delta, source))) is not None:
            pieces.setdefault(index, {}).setdefault(target, []).append(piece)
    return [_joined(blocks.get(index), pieces[index]) for index in sorted(pieces)]


def _joined(block: Any, pieces: dict[str, list[str]]) -> dict[str, Any]:
    found = {**fields(block)}
    for name, texts in pieces.items():
        text = "".join(texts)
        if name == "input":
            found[name] = parsed(text)
        else:
            found[name] = f"{string(found.get(name)) or ''}{text}"
    if "type" not in found and pieces:
        # A block whose start was lost tells by its deltas what it is.
        found["type"] = {"input": "tool_use", "content": "compaction"}.get(
            next(iter(pieces)), next(iter(pieces))
        )
    return found


def _index(value: object) -> int:
    return value if type(value) is int else 0
