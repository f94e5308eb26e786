# SPDX-License-Identifier: Apache-2.0
"""The events of a chat of Cohere's version 2, put together as the unstreamed answer would be."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, string

_CONTENT = ("content-start", "content-delta")
_CALL = ("tool-call-start", "tool-call-delta")


class Chunks:
    """Keeps what is needed of a stream: facts take constant memory, with content the events that carry any."""

    __slots__ = ("_end", "_events", "_id")

    def __init__(self, *, content: bool) -> None:
        self._id: Any = None
        self._end: Any = None
        self._events: list[tuple[str, Any]] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        read = fields(chunk).get
        kind = read("type")
        if kind == "message-start":
            self._id = read("id")
        elif kind == "message-end":
            self._end = read("delta")
            if self._id is None:
                self._id = read("id")
        elif self._events is not None and isinstance(kind, str):
            self._events.append((kind, chunk))

    def value(self) -> dict[str, Any]:
        """Return the answer that the events make up, in the shape of an unstreamed one."""
        return {
            "id": self._id,
            "finish_reason": get(self._end, "finish_reason"),
            "usage": get(self._end, "usage"),
            "message": _message(self._events or []),
        }


def _message(events: list[tuple[str, Any]]) -> dict[str, Any]:
    """Join the events: the blocks of content and the calls by their index, the plan in one piece."""
    plan: list[str] = []
    blocks: dict[Any, dict[str, list[str]]] = {}
    calls: dict[Any, dict[str, Any]] = {}
    cited: list[Any] = []
    for kind, event in events:
        told = get(get(event, "delta"), "message")
        index: Any = get(event, "index")
        index = index if isinstance(index, int) else None
        if kind == "tool-plan-delta":
            plan.append(string(get(told, "tool_plan")) or "")
        elif kind in _CONTENT:
            block = blocks.setdefault(index, {})
            for name in ("thinking", "text"):
                if (piece := string(get(get(told, "content"), name))) is not None:
                    block.setdefault(name, []).append(piece)
        elif kind in _CALL:
            _add_call(calls.setdefault(index, {"name": None, "arguments": []}), get(told, "tool_calls"))
        elif kind == "citation-start" and (citation := get(told, "citations")) is not None:
            cited.append(citation)
    return {
        "role": "assistant",
        "tool_plan": "".join(plan),
        "content": [
            {"type": name, name: "".join(pieces)}
            for block in blocks.values()
            for name, pieces in block.items()
        ],
        "tool_calls": [
            {
                "id": call.get("id"),
                "type": "function",
                "function": {"name": call["name"], "arguments": "".join(call["arguments"])},
            }
            for call in calls.values()
        ],
        "citations": cited,
    }


def _add_call(call: dict[str, Any], delta: Any) -> None:
    if (key := string(get(delta, "id"))) is not None:
        call["id"] = key
    called = get(delta, "function")
    if (name := string(get(called, "name"))) is not None:
        call["name"] = name
    if (piece := string(get(called, "arguments"))) is not None:
        call["arguments"].append(piece)
