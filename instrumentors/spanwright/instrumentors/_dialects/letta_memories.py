# SPDX-License-Identifier: Apache-2.0
"""Letta's memories: passages of an archive and blocks of an agent's context, as requests and answers have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.semconv.model import Content, Document

if TYPE_CHECKING:
    from collections.abc import Sequence


def given(body: dict[str, Any]) -> Content:
    """Read what is looked for, or what is to be kept: a passage, several, or a block."""
    query = string(body.get("query")) or string(body.get("search"))
    kept = items(body.get("passages")) or [body]
    return Content(query=query, documents=_documents(kept) or None)


def number(body: dict[str, Any]) -> int:
    """Return how many memories a request is about."""
    return len(items(body.get("passages"))) or 1


def identity(value: Any) -> str | None:
    """Return what a new store is called."""
    return string(get(value, "id"))


def found(value: Any) -> list[Any]:
    """Return the records of an answer: a list, a list under `results`, or one block or passage."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    results = get(value, "results")
    if isinstance(results, list):
        return cast("list[Any]", results)
    return [value] if _text(value) is not None else []


def documents(value: Any) -> list[Document]:
    """Read the records that have a text."""
    return _documents(found(value))


def _documents(records: Sequence[Any]) -> list[Document]:
    return [
        Document(
            id=string(get(each, "id")) or string(get(get(each, "passage"), "id")),
            score=get(each, "score"),
            content=text,
        )
        for each in records
        if (text := _text(each)) is not None
    ]


def _text(record: Any) -> str | None:
    """Read a text by the name that it has: in a search of an agent's, in a passage, in a block."""
    return (
        string(get(record, "text"))
        or string(get(record, "content"))
        or string(get(get(record, "passage"), "text"))
        or string(get(record, "value"))
    )
