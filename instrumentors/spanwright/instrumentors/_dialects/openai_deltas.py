# SPDX-License-Identifier: Apache-2.0
"""The chunks of a streamed chat completion, put together as the unstreamed answer would be."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string


class Chunks:
    """Keeps what is needed of a stream. Facts alone take constant memory; with content the deltas are kept too."""

    __slots__ = ("_deltas", "_error", "_finish", "_first", "_last", "_model", "_usage")

    def __init__(self, *, content: bool) -> None:
        self._first: Any = None
        self._last: Any = None
        self._model: Any = None
        self._usage: Any = None
        self._error: Any = None
        self._finish: dict[int, Any] = {}
        self._deltas: list[tuple[int, Any]] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one chunk. Usage may come on every chunk, cumulative, so the last one wins."""
        read = fields(chunk).get
        if self._first is None:
            self._first = chunk
        self._last = chunk
        if self._model is None:
            self._model = read("model") or None
        if (used := read("usage")) is not None:
            self._usage = used
        if (error := read("error")) is not None:
            self._error = error
        for choice in items(read("choices")):
            member = fields(choice).get
            index = member("index")
            if type(index) is not int:
                index = 0
            if (reason := member("finish_reason")) is not None:
                self._finish[index] = reason
            elif index not in self._finish:
                self._finish[index] = None
            if self._deltas is not None:
                self._deltas.append((index, member("delta")))

    def value(self) -> dict[str, Any]:
        """Return the answer that the chunks make up, in the shape of an unstreamed one."""
        messages = folded(self._deltas or [])
        tier = get(self._last, "service_tier")
        # Groq's own place for what its last chunk says.
        own = fields(get(self._last, "x_groq")).get
        return {
            "id": get(self._first, "id") or get(self._last, "id"),
            "model": self._model,
            "usage": self._usage if self._usage is not None else own("usage"),
            "error": self._error if self._error is not None else own("error"),
            "service_tier": tier if tier is not None else get(self._first, "service_tier"),
            "system_fingerprint": get(self._first, "system_fingerprint")
            or get(self._last, "system_fingerprint"),
            "choices": [
                {"index": index, "finish_reason": reason, "message": messages.get(index)}
                for index, reason in sorted(self._finish.items())
            ],
        }


def folded(deltas: list[tuple[int, Any]]) -> dict[int, dict[str, Any]]:
    """Join deltas into one message a choice."""
    found: dict[int, dict[str, Any]] = {}
    for index, delta in deltas:
        message = found.setdefault(index, {"role": "assistant", "text": {}, "calls": [], "done": {}})
        if (role := string(get(delta, "role"))) is not None:
            message["role"] = role
        for name in ("content", "refusal", "reasoning_content", "reasoning"):
            if (piece := string(get(delta, name))) is not None:
                message["text"].setdefault(name, []).append(piece)
        for part in items(get(delta, "content")):
            _add_part(message["text"], part)
        if (piece := string(get(get(delta, "audio"), "transcript"))) is not None:
            message["text"].setdefault("transcript", []).append(piece)
        for call in items(get(delta, "tool_calls")):
            _merge(message["calls"], call)
        for done in items(get(delta, "executed_tools")):
            # Told twice: when it begins and, with the same index, when it is done.
            message["done"][str(get(done, "index"))] = done
        if (legacy := get(delta, "function_call")) is not None:
            _merge(message["calls"], {"index": -1, "function": legacy})
    return {index: _assembled(message) for index, message in found.items()}


def _add_part(text: dict[str, list[str]], part: Any) -> None:
    """Join a part of a content that comes in parts, as Mistral's does when it thinks."""
    if (piece := string(get(part, "text"))) is not None:
        text.setdefault("content", []).append(piece)
    for thought in items(get(part, "thinking")):
        if (piece := string(get(thought, "text"))) is not None:
            text.setdefault("reasoning_content", []).append(piece)


def _merge(calls: list[dict[str, Any]], delta: Any) -> None:
    """Join a tool call's delta to its call: by index, else by id, else to the one that is being written.

    Providers leave the index out, repeat one index for two ids, or send null where arguments should be.
    """
    index, key = get(delta, "index"), string(get(delta, "id"))
    index = index if isinstance(index, int) else None
    found: dict[str, Any] | None = None
    if index is not None:
        found = next(
            (c for c in reversed(calls) if c["index"] == index and (key is None or c["id"] in (None, key))),
            None,
        )
    elif key is not None:
        found = next((c for c in calls if c["id"] == key), None)
    elif calls:
        found = calls[-1]
    if found is None:
        found = {"index": index, "id": None, "type": "function", "name": [], "arguments": []}
        calls.append(found)
    if key is not None:
        found["id"] = key
    kind = string(get(delta, "type"))
    if kind is not None:
        found["type"] = kind
    inner = get(delta, found["type"]) or get(delta, "function")
    for name, source in (("name", "name"), ("arguments", "arguments"), ("arguments", "input")):
        if (piece := string(get(inner, source))) is not None:
            found[name].append(piece)


def _assembled(message: dict[str, Any]) -> dict[str, Any]:
    text = {name: "".join(pieces) for name, pieces in message["text"].items()}
    transcript = text.pop("transcript", None)
    return {
        "role": message["role"],
        **text,
        "audio": {"transcript": transcript} if transcript else None,
        "executed_tools": list(message["done"].values()),
        "tool_calls": [
            {
                "id": call["id"],
                "type": call["type"],
                call["type"]: {"name": "".join(call["name"]), "arguments": "".join(call["arguments"])},
            }
            for call in message["calls"]
        ],
    }
