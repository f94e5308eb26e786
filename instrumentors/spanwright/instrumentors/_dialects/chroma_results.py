# SPDX-License-Identifier: Apache-2.0
"""Chroma's searches and their results, which stand in columns, one list a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv.clean import number
from spanwright.semconv.model import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 20


def top(told: dict[str, Any]) -> Any:
    """Return how many documents `query` asks for."""
    return told.get("n_results")


def query(told: dict[str, Any]) -> str | None:
    """Return the texts that `query` searches for."""
    given = told.get("query_texts")
    return _joined([given] if isinstance(given, str) else items(given))


def limit(told: dict[str, Any]) -> Any:
    """Return how many documents the first of the searches of `search` asks for."""
    given = told.get("searches")
    first = next(iter(items(given)), given)
    return get(get(first, "_limit"), "limit")


def ranked(told: dict[str, Any]) -> str | None:
    """Return the texts in the rankings of `search`."""
    given = told.get("searches")
    return _joined([said for each in items(given) or [given] for said in _asked(get(each, "_rank"))])


def documents(value: Any) -> list[Document]:
    """Read what was found, of all queries one after the other."""
    read = fields(value).get
    columns = [items(read(name)) for name in ("documents", "metadatas", "distances", "scores")]
    return [
        each
        for at, ids in enumerate(items(read("ids")))
        for each in _rows(items(ids), [items(_at(column, at)) for column in columns])
    ]


def _rows(ids: Any, columns: list[Any]) -> Iterator[Document]:
    for at, found in enumerate(ids):
        content, metadata, distance, score = (_at(column, at) for column in columns)
        rank = number(score)
        yield Document(
            id=string(found),
            score=rank if rank is not None else number(distance),
            content=string(content),
            metadata=metadata,
        )


def _at(column: Any, at: int) -> Any:
    return column[at] if at < len(column) else None


def _joined(texts: Any) -> str | None:
    return "\n".join(each for each in texts if isinstance(each, str)) or None


def _asked(rank: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts of an expression, whose nodes hold others in their fields."""
    if depth > _DEEPEST:
        return
    for each in items(rank):
        yield from _asked(each, depth + 1)
    for name, held in fields(rank).items():
        if name == "query" and isinstance(held, str):
            yield held
        elif name != "query":
            yield from _asked(held, depth + 1)
