# SPDX-License-Identifier: Apache-2.0
"""One dim line of what was said, for spans that carry content because the user asked for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from spanwright.console._figures import counted, one_line
from spanwright.semconv import names

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

# A preview shows a hundred characters: for those it is not worth parsing a very long conversation.
_PARSED_SIZE = 200_000


def preview(span: ReadableSpan) -> tuple[str, str] | None:
    """Tell what went in and what came out, or None when the span carries no content."""
    attributes = span.attributes or {}

    def content(name: str) -> Any:
        return _parsed(attributes.get(name))

    given = _message(content(names.GEN_AI_INPUT_MESSAGES), last=True)
    answered = _message(content(names.GEN_AI_OUTPUT_MESSAGES), last=False)
    if not given and not answered:
        given, answered = (
            _plain(content(names.GEN_AI_TOOL_CALL_ARGUMENTS)),
            _plain(content(names.GEN_AI_TOOL_CALL_RESULT)),
        )
    if not given and not answered:
        given, answered = (
            _plain(content(names.GEN_AI_RETRIEVAL_QUERY_TEXT)),
            _documents(content(names.GEN_AI_RETRIEVAL_DOCUMENTS)),
        )
    return (given, answered) if given or answered else None


def _parsed(value: object) -> Any:
    if not isinstance(value, str) or len(value) > _PARSED_SIZE:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _message(messages: object, *, last: bool) -> str:
    """Say `user: Is it warm in Lisbon?`, from the message that asked or the first one that answered."""
    if not isinstance(messages, list):
        return _plain(messages)
    found = cast("list[object]", messages)
    message = found[-1 if last else 0] if found else None
    if not isinstance(message, dict):
        return _plain(message)
    message = cast("dict[str, object]", message)
    parts = message.get("parts")
    said = (
        [_part(part) for part in cast("list[object]", parts)]
        if isinstance(parts, list)
        else [_plain(message)]
    )
    role = message.get("role")
    spoken = " ".join(word for word in said if word)
    return f"{one_line(role)}: {spoken}" if isinstance(role, str) and spoken else spoken


def _part(part: object) -> str:
    if not isinstance(part, dict):
        return _plain(part)
    part = cast("dict[str, object]", part)
    if part.get("type") == "tool_call":
        return f"{_plain(part.get('name'))}({_plain(part.get('arguments'))})"
    for key in ("content", "response", "uri", "file_id"):
        if key in part and part.get("type") != "blob":
            return _plain(part[key])
    return f"[{_plain(part.get('modality') or part.get('type') or 'part')}]"


def _documents(documents: object) -> str:
    if isinstance(documents, list):
        return counted(len(cast("list[object]", documents)), "document")
    return _plain(documents)


def _plain(value: object) -> str:
    if value is None:
        return ""
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
