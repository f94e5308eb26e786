# SPDX-License-Identifier: Apache-2.0
"""Mem0's memories as its answers have them: a list, or a list under `results`, of records with an id and a text."""

from __future__ import annotations

from typing import Any, cast

from spanwright.instrumentors._dialects.wire import count, get, items, string
from spanwright.semconv.model import Document


def records(value: Any) -> list[Any] | None:
    """Return the records of an answer; None where it has none, like a job that is only accepted."""
    held: Any = get(value, "results") if not isinstance(value, list) else cast("Any", value)
    if isinstance(held, list):
        return cast("list[Any]", held)
    return [value] if string(get(value, "memory")) is not None and get(value, "id") is not None else None


def number(value: Any) -> int | None:
    """Return how many records an answer has; of a page, those that are on it."""
    found = records(value)
    return None if found is None else count(len(found))


def documents(value: Any) -> list[Document] | None:
    """Read the records of an answer that have a text."""
    found = records(value)
    if found is None:
        return None
    return [document for each in found if (document := _document(each)) is not None]


def given(value: Any) -> list[Document] | None:
    """Read what is to be remembered: a text, a message or messages."""
    if isinstance(value, str):
        return [Document(content=value)]
    messages: Any = [value] if isinstance(value, dict) else items(value)
    found = [Document(content=text) for each in messages if (text := _text(each)) is not None]
    return found or None


def _document(value: Any) -> Document | None:
    text = (
        string(get(value, "memory"))
        or string(get(get(value, "data"), "memory"))
        or string(get(value, "text"))
    )
    if text is None:
        return None
    score, metadata = get(value, "score"), get(value, "metadata")
    return Document(
        id=string(get(value, "id")) or string(get(value, "memory_id")),
        score=float(score) if isinstance(score, (int, float)) and not isinstance(score, bool) else None,
        content=text,
        metadata=metadata if isinstance(metadata, dict) else None,
    )


def _text(message: Any) -> str | None:
    return string(message) or string(get(message, "content")) or string(get(message, "text"))
