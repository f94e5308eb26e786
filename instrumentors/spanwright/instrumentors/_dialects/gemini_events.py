# SPDX-License-Identifier: Apache-2.0
"""The events of a streamed interaction, put together as the unstreamed answer would be."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string

# A delta that is text of the step, and where the text stands.
_THOUGHT = "thought_summary"


class Chunks:
    """Keeps the last event that carried the interaction, and with content the steps as they grow."""

    __slots__ = ("_called", "_carrier", "_content", "_error", "_first", "_steps", "_used")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._carrier: Any = None
        self._first: Any = None
        self._error: Any = None
        self._used: Any = None
        self._called = False
        self._steps: dict[int, _Step] = {}

    def add(self, chunk: Any) -> None:
        """Take one event; a stream that is cut has its counts so far in the events' metadata."""
        read = fields(chunk).get
        kind = string(read("event_type"))
        if (held := read("interaction")) is not None:
            self._carrier = held
            if self._first is None:
                self._first = held
        if (told := read("metadata")) is not None and (used := _used(told)) is not None:
            self._used = used
        if kind == "error":
            self._error = read("error") or {}
        elif kind in ("step.start", "content.start"):
            self._start(read("index"), read("step") or read("content"))
        elif self._content and kind in ("step.delta", "content.delta"):
            self._grow(read("index"), read("delta"))
        elif kind == "content.delta" and get(read("delta"), "type") == "function_call":
            self._called = True

    def value(self) -> dict[str, Any]:
        """Return the interaction as far as it was received."""
        last, first = fields(self._carrier).get, fields(self._first).get
        steps: list[Any] = [self._steps[index].value() for index in sorted(self._steps)]
        if not steps and self._called:
            steps = [{"type": "function_call"}]
        used = last("usage")
        return {
            "id": last("id") or first("id"),
            "model": last("model") or first("model"),
            "status": last("status") if self._error is None else "failed",
            "usage": used if used is not None else self._used,
            "error": self._error,
            "steps": steps or items(last("steps")) or items(last("outputs")),
        }

    def _start(self, index: Any, begun: Any) -> None:
        if get(begun, "type") == "function_call":
            self._called = True
        if self._content:
            self._steps[_whole(index)] = _Step(begun)

    def _grow(self, index: Any, delta: Any) -> None:
        at = _whole(index)
        kind = string(get(delta, "type"))
        held = self._steps.get(at)
        if held is None:
            held = self._steps[at] = _Step({"type": "model_output"})
        if kind == "text":
            held.add("text", get(delta, "text"))
        elif kind == _THOUGHT:
            held.add("thought", get(get(delta, "content"), "text"))
        elif kind == "arguments_delta":
            held.add("arguments", get(delta, "arguments"))
        elif kind == "function_call":
            self._called = True
            held.begun = delta
        elif kind is not None and kind not in ("thought_signature", "text_annotation"):
            held.others.append(delta)


class _Step:
    """A step that grows."""

    __slots__ = ("begun", "others", "pieces")

    def __init__(self, begun: Any) -> None:
        self.begun = begun
        self.others: list[Any] = []
        self.pieces: dict[str, list[str]] = {}

    def add(self, name: str, piece: Any) -> None:
        if isinstance(piece, str):
            self.pieces.setdefault(name, []).append(piece)

    def value(self) -> dict[str, Any]:
        joined = {name: "".join(pieces) for name, pieces in self.pieces.items()}
        found = dict(fields(self.begun))
        kind = string(found.get("type"))
        if "arguments" in joined:
            found["arguments"] = joined["arguments"]
        if kind == "thought" or "thought" in joined:
            found["type"] = "thought"
            if "thought" in joined:
                found["summary"] = [{"type": "text", "text": joined["thought"]}]
            return found
        if kind in (None, "text", "model_output"):
            begun = items(found.get("content"))
            text = [{"type": "text", "text": joined["text"]}] if "text" in joined else []
            return {**found, "type": "model_output", "content": [*begun, *text, *self.others]}
        return found


def _used(metadata: Any) -> Any:
    return get(metadata, "total_usage") or get(metadata, "usage")


def _whole(index: Any) -> int:
    return index if type(index) is int else 0
