# SPDX-License-Identifier: Apache-2.0
"""Rules for structured content: a strict union of message parts, and the shapes around it.

Upstream's schemas end in a part that allows anything, so they accept a text part whose content is a number.
Here a part of a known type must have the fields of that type.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Final, cast

from spanwright.semconv import names
from spanwright.semconv._check_facts import SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from spanwright.semconv._check_keys import Problem

Fields = dict[str, str]

# Field to what it holds; a question mark makes it optional and lets it be null.
PARTS: Final[dict[str, Fields]] = {
    names.PartType.TEXT: {"content": "text"},
    names.PartType.TOOL_CALL: {"name": "name", "id": "text?", "arguments": "parsed?"},
    names.PartType.TOOL_CALL_RESPONSE: {"response": "any", "id": "text?"},
    names.PartType.SERVER_TOOL_CALL: {"name": "name", "server_tool_call": "typed", "id": "text?"},
    names.PartType.SERVER_TOOL_CALL_RESPONSE: {"server_tool_call_response": "typed", "id": "text?"},
    names.PartType.REASONING: {"content": "text"},
    names.PartType.COMPACTION: {"id": "text?", "content": "text?"},
    names.PartType.BLOB: {"modality": "name", "content": "base64", "mime_type": "text?"},
    names.PartType.URI: {"modality": "name", "uri": "uri", "mime_type": "text?"},
    names.PartType.FILE: {"modality": "name", "file_id": "name", "mime_type": "text?"},
    names.PartType.GENERIC: {"generic_type": "name"},
}
MESSAGE: Final[Fields] = {"role": "name", "parts": "list", "name": "text?"}
OUTPUT: Final[Fields] = {**MESSAGE, "finish_reason": "text?"}
TOOL: Final[Fields] = {"type": "name", "name": "name"}
FUNCTION: Final[Fields] = {**TOOL, "description": "text?", "parameters": "schema?"}
DOCUMENT: Final[Fields] = {"id": "text?", "score": "number?"}
MEMORY: Final[Fields] = {**DOCUMENT, "content": "any", "metadata": "object?"}

NO_LIST: Final = object()
NEVER: Final[tuple[type, ...]] = ()
# What a field may be, what it may not be although Python thinks so, and how that is called.
KINDS: Final[dict[str, tuple[tuple[type, ...], tuple[type, ...], str]]] = {
    "text": ((str,), NEVER, "text"),
    "name": ((str,), NEVER, "text"),
    "uri": ((str,), NEVER, "text"),
    "base64": ((str,), NEVER, "text"),
    "list": ((list, tuple), NEVER, "a list"),
    "number": ((int, float), (bool,), "a number"),
    "object": ((dict,), NEVER, "an object"),
    "schema": ((dict, bool), NEVER, "a JSON schema"),
}


def content(attributes: Mapping[str, object], *, structured: bool) -> Iterator[Problem]:
    """Judge every content attribute; `structured` on log events, JSON text on spans."""
    for key, shape in SHAPES.items():
        value = attributes.get(key)
        if value is None:
            continue
        if structured and isinstance(value, str) and shape != "result":
            yield "content-not-structured", f"{key} is text"
        elif not structured and not isinstance(value, str):
            yield "content-not-json", f"{key} is {type(value).__name__}, not a string"
        else:
            parsed, problem = (value, "") if structured else _parsed(cast("str", value), shape)
            if problem:
                yield "content-not-json", f"{key} {problem}"
            else:
                yield from JUDGES[shape](key, parsed)


def messages(attributes: Mapping[str, object]) -> list[object]:
    """Read the output messages from either form; empty when there are none or they are malformed."""
    value = attributes.get(names.GEN_AI_OUTPUT_MESSAGES)
    parsed = _parsed(value, "output_messages")[0] if isinstance(value, str) else value
    return list(cast("list[object]", parsed)) if isinstance(parsed, (list, tuple)) else []


def _parsed(value: str, shape: str) -> tuple[object, str]:
    try:
        return json.loads(value), ""
    except (ValueError, RecursionError):
        # Plain text is recorded as it is; what starts like an object was cut, or written by str().
        if shape in {"arguments", "result"} and not value.lstrip().startswith(("{", "[{")):
            return {}, ""
        return None, "is not JSON"


def _input(key: str, value: object) -> Iterator[Problem]:
    yield from _messages(key, value, MESSAGE)


def _output(key: str, value: object) -> Iterator[Problem]:
    yield from _messages(key, value, OUTPUT)


def _messages(key: str, value: object, fields: Fields) -> Iterator[Problem]:
    for path, message in _items(key, value):
        problems = list(_fields(path, message, fields))
        yield from (("malformed-message", problem) for problem in problems)
        if not problems and isinstance(message, dict):
            yield from _parts(f"{path}.parts", cast("dict[str, object]", message)["parts"])


def _parts(key: str, value: object) -> Iterator[Problem]:
    for path, part in _items(key, value):
        kind = _type(part)
        fields = PARTS.get(kind)
        if fields is None:
            yield "malformed-part", f"{path} has type {kind!r}, which is neither known nor generic"
        else:
            yield from (("malformed-part", problem) for problem in _fields(path, part, fields))


def _instructions(key: str, value: object) -> Iterator[Problem]:
    yield from _parts(key, value)
    for path, part in _items(key, value):
        if (kind := _type(part)) in PARTS and kind not in {names.PartType.TEXT, names.PartType.GENERIC}:
            yield "malformed-part", f"{path} has type {kind!r}; instructions are text"


def _tools(key: str, value: object) -> Iterator[Problem]:
    for path, tool in _items(key, value):
        fields = FUNCTION if _type(tool) == names.ToolType.FUNCTION else TOOL
        yield from (("malformed-tool", problem) for problem in _fields(path, tool, fields))


def _documents(key: str, value: object) -> Iterator[Problem]:
    for path, document in _items(key, value):
        yield from (("malformed-document", problem) for problem in _fields(path, document, DOCUMENT))


def _memories(key: str, value: object) -> Iterator[Problem]:
    for path, record in _items(key, value):
        yield from (("malformed-document", problem) for problem in _fields(path, record, MEMORY))


def _arguments(key: str, value: object) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield "malformed-arguments", f"{key} is {_json(value)}, not an object"


def _result(key: str, value: object) -> Iterator[Problem]:
    # Upstream asks for an object, but text and lists are common and the reference writes them as well.
    if _holds_json(value):
        yield "malformed-arguments", f"{key} is JSON encoded twice"


JUDGES: Final[dict[str, Callable[[str, object], Iterator[Problem]]]] = {
    "input_messages": _input,
    "output_messages": _output,
    "instructions": _instructions,
    "tools": _tools,
    "documents": _documents,
    "memories": _memories,
    "arguments": _arguments,
    "result": _result,
}


def _items(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Tell path and value of each item; what is no list has one item that fails every test."""
    if isinstance(value, (list, tuple)):
        found = cast("list[object]", value)
        yield from ((f"{key}[{index}]", item) for index, item in enumerate(found))
    else:
        yield key, NO_LIST


def _type(item: object) -> str:
    kind = cast("dict[str, object]", item).get("type") if isinstance(item, dict) else None
    return kind if isinstance(kind, str) else ""


def _fields(path: str, item: object, fields: Fields) -> Iterator[str]:
    if item is NO_LIST:
        yield f"{path} is not a list"
    elif not isinstance(item, dict):
        yield f"{path} is {_json(item)}, not an object"
    else:
        found = cast("dict[str, object]", item)
        for name, kind in fields.items():
            if found.get(name) is None and kind.endswith("?"):
                continue
            if name not in found:
                yield f"{path} has no {name}"
            elif reason := _wrong(kind.rstrip("?"), found[name]):
                yield f"{path}.{name} {reason}"


def _wrong(kind: str, value: object) -> str:
    if (wanted := KINDS.get(kind)) and (not isinstance(value, wanted[0]) or isinstance(value, wanted[1])):
        return f"is {_json(value)}, not {wanted[2]}"
    if kind in FAULTS:
        is_faulty, reason = FAULTS[kind]
        return reason if is_faulty(value) else ""
    return ""


def _holds_json(value: object) -> bool:
    """Tell whether text is itself an object or list in JSON, so that it was encoded once too often."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


def _is_base64(value: object) -> bool:
    try:
        base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _json(value: object) -> str:
    for kinds, name in (
        (dict, "an object"),
        ((list, tuple), "a list"),
        (str, "text"),
        (bool, "a truth value"),
    ):
        if isinstance(value, kinds):
            return name
    return "null" if value is None else "a number"


NAMED: Final = ((dict, "an object"), ((list, tuple), "a list"), (str, "text"), (bool, "a truth value"))
FAULTS: Final[dict[str, tuple[Callable[[object], bool], str]]] = {
    "name": (lambda value: not value, "is empty"),
    "uri": (lambda value: str(value).startswith("data:"), "is a data URL; write a blob part"),
    "base64": (lambda value: not _is_base64(value), "is not base64"),
    "parsed": (_holds_json, "is JSON text; write what it says"),
    "typed": (lambda value: not _type(value), "is no object with a type"),
}
