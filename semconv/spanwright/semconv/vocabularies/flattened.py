# SPDX-License-Identifier: Apache-2.0
"""Messages, tools and documents as OpenInference has them: one attribute a field, with indices in the keys.

A conversation has more fields than a span has room for, and an SDK that is full drops what was written first: so whole
messages are written while there is room, and the ones that tell most are chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from spanwright.semconv.serial import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable

    Fields = dict[str, Any]

_LARGEST = 1 << 24
_CONTENT = "message_content."
# Where the address of media stands, by its modality.
_ADDRESSES = {
    "image": "image.image.url",
    "audio": "audio.audio.url",
    "video": "video.video.url",
    "document": "document.document.url",
}
_MIME_TYPES = {"audio": "audio.audio.mime_type", "document": "document.document.mime_type"}


def messages(found: object) -> list[Fields]:
    """Return the fields of each message; every answer of a tool is a message of its own."""
    return [fields for item in _dicts(found) for fields in _message(item)]


def system(parts: object) -> list[Fields]:
    """Return instructions as the message that they were once sent as."""
    return _message({"role": "system", "parts": parts}) if parts else []


def tools(found: object) -> list[Fields]:
    """Return tool definitions in the shape that OpenAI gave them."""
    return [
        {
            "tool.json_schema": text(
                {
                    "type": "function",
                    "function": {
                        key: item[key] for key in ("name", "description", "parameters") if key in item
                    },
                }
                if item.get("type") == "function"
                else item
            )
        }
        for item in _dicts(found)
    ]


def documents(found: object) -> list[Fields]:
    """Return retrieved documents."""
    fetched: list[Fields] = []
    for item in _dicts(found):
        fields: Fields = {}
        for key in ("id", "content"):
            if item.get(key) is not None:
                fields[f"document.{key}"] = text(item[key])
        if isinstance(score := item.get("score"), (int, float)):
            fields["document.score"] = float(score)
        if item.get("metadata") is not None:
            fields["document.metadata"] = text(item["metadata"])
        if fields:
            fetched.append(fields)
    return fetched


def ends(groups: list[Fields], room: int) -> list[Fields]:
    """Return what fits of a conversation: how it began, and as much of its end as has room after that."""
    if sum(map(len, groups)) <= room:
        return groups
    kept = first(groups[:1], room)
    room -= sum(map(len, kept))
    return kept + first(groups[:0:-1], room)[::-1]


def first(groups: list[Fields], room: int) -> list[Fields]:
    """Return the groups from the first one on that fit."""
    for position, fields in enumerate(groups):
        room -= len(fields)
        if room < 0:
            return groups[:position]
    return groups


def numbered(prefix: str, groups: Iterable[Fields]) -> Fields:
    """Return attributes: the fields of each group under its index."""
    return {
        f"{prefix}.{index}.{key}": value
        for index, fields in enumerate(groups)
        for key, value in fields.items()
    }


def text(value: object) -> str:
    """Return text as it is and anything else as JSON."""
    return value if isinstance(value, str) else dumps(value, _LARGEST)


def _message(message: Fields) -> list[Fields]:
    role = message.get("role")
    parts = list(_dicts(message.get("parts")))
    answers = [part for part in parts if part.get("type") == "tool_call_response"]
    found = [_answer(part) for part in answers]
    if len(answers) == len(parts) and answers:
        return found
    fields: Fields = {"message.role": role} if isinstance(role, str) else {}
    if isinstance(name := message.get("name"), str):
        fields["message.name"] = name
    calls = [part for part in parts if part.get("type") == "tool_call"]
    said = [part for part in parts if part not in answers and part not in calls]
    if len(said) == 1 and said[0].get("type") == "text":
        fields["message.content"] = text(said[0].get("content", ""))
    else:
        fields.update(numbered("message.contents", map(_said, said)))
    fields.update(numbered("message.tool_calls", map(_call, calls)))
    return [*found, fields] if fields else found


def _answer(part: Fields) -> Fields:
    fields: Fields = {"message.role": "tool", "message.content": text(part.get("response", ""))}
    if isinstance(identity := part.get("id"), str):
        fields["message.tool_call_id"] = identity
    return fields


def _call(part: Fields) -> Fields:
    fields: Fields = {}
    if isinstance(identity := part.get("id"), str):
        fields["tool_call.id"] = identity
    if isinstance(name := part.get("name"), str):
        fields["tool_call.function.name"] = name
    if part.get("arguments") is not None:
        fields["tool_call.function.arguments"] = text(part["arguments"])
    return fields


def _said(part: Fields) -> Fields:
    kind, modality, address = part.get("type"), part.get("modality"), part.get("uri")
    if kind in ("text", "reasoning"):
        return {f"{_CONTENT}type": kind, f"{_CONTENT}text": text(part.get("content", ""))}
    if kind == "uri" and isinstance(modality, str) and modality in _ADDRESSES and isinstance(address, str):
        fields: Fields = {f"{_CONTENT}type": modality, _CONTENT + _ADDRESSES[modality]: address}
        if modality in _MIME_TYPES and isinstance(mime := part.get("mime_type"), str):
            fields[_CONTENT + _MIME_TYPES[modality]] = mime
        return fields
    if kind == "generic" and isinstance(part.get("generic_type"), str):
        kind = part["generic_type"]
    return {f"{_CONTENT}type": kind if isinstance(kind, str) else "unknown", f"{_CONTENT}text": text(part)}


def _dicts(value: object) -> list[Fields]:
    """Return the objects of a list: what was cut to a budget may have marks between them."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Fields", item) for item in items if isinstance(item, dict)]
