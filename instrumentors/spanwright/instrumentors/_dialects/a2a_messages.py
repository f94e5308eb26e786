# SPDX-License-Identifier: Apache-2.0
"""The Agent2Agent protocol's messages and tasks as JSON, of its versions 0.3 (`kind`) and 1 (one key a kind)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv.model import Blob, Generic, Message, Part, Response, Text, Uri

if TYPE_CHECKING:
    from collections.abc import Iterable

_FAILURES = {
    "failed": "failed",
    "rejected": "rejected",
    "canceled": "cancelled",
    "TASK_STATE_FAILED": "failed",
    "TASK_STATE_REJECTED": "rejected",
    "TASK_STATE_CANCELED": "cancelled",
}
_MODALITIES = frozenset(("image", "audio", "video"))


def response(conversation: str | None, state: str | None) -> Response:
    """Return the facts of an answer: its conversation, and how the task that it tells of has failed."""
    return Response(conversation_id=string(conversation), error=_FAILURES.get(state or ""))


def message(value: Any) -> Message:
    """Read a message; the agent's role has another name in the conventions."""
    role = (string(get(value, "role")) or "user").lower().removeprefix("role_")
    return Message("assistant" if role == "agent" else role, parts(get(value, "parts")))


def output(events: Iterable[Any]) -> list[Message]:
    """Read an answer, whole or in events: what the agent has made and what it said last.

    A task may be told before its artifacts and hold them all the same by now: none is taken twice.
    """
    made: dict[str | None, list[Part]] = {}
    whole: set[str | None] = set()
    said: list[Part] = []
    for event in events:
        for kind, value in _told(event):
            if kind == "message":
                said = parts(get(value, "parts"))
                continue
            if kind != "artifact":
                said = parts(get(get(get(value, "status"), "message"), "parts")) or said
            for artifact in items(get(value, "artifacts")) if kind == "task" else ():
                whole.add(_key(artifact))
                made[_key(artifact)] = parts(get(artifact, "parts"))
            if kind == "artifact" and (key := _key(get(value, "artifact"))) not in whole:
                before = made.get(key, []) if get(value, "append") is True else []
                made[key] = [*before, *parts(get(get(value, "artifact"), "parts"))]
    found = [part for each in made.values() for part in each]
    return [Message("assistant", [*found, *said])] if found or said else []


def _key(artifact: Any) -> str | None:
    return string(get(artifact, "artifactId"))


def parts(value: Any) -> list[Part]:
    """Read the parts of a message or of an artifact."""
    return [_part(each) for each in items(value)]


def _told(event: Any) -> Iterable[tuple[str, Any]]:
    """Yield what an event tells of, and its value."""
    kind = string(get(event, "kind"))
    if kind is not None:
        yield kind.removesuffix("-update"), event
        return
    held = fields(event)
    named = {"task": "task", "message": "message", "statusUpdate": "status", "artifactUpdate": "artifact"}
    found = [(short, held[name]) for name, short in named.items() if name in held]
    if found:
        yield from found
    elif "artifact" in held:
        yield "artifact", event
    elif "status" in held:
        yield "task", event
    elif "parts" in held:
        yield "message", event


def _part(value: Any) -> Part:
    read = fields(value).get
    if isinstance(text := read("text"), str):
        return Text(text)
    file = read("file") if read("file") is not None else value
    mime = string(get(file, "mimeType")) or string(get(file, "mediaType"))
    family = (mime or "").partition("/")[0]
    modality = family if family in _MODALITIES else "document"
    if (address := string(get(file, "uri")) or string(get(file, "url"))) is not None:
        return Uri(modality, address, mime)
    if (data := string(get(file, "bytes")) or string(get(file, "raw"))) is not None:
        return Blob(modality, data, mime)
    return Generic(string(read("kind")) or "data", read("data"))
