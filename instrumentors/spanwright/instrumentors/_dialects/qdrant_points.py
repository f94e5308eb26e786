# SPDX-License-Identifier: Apache-2.0
"""Qdrant's queries, and the points that they find: in a list, in groups, in a list a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.rows import document, joined
from spanwright.instrumentors._dialects.wire import fields, get, items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.semconv.model import Document

# What holds points, in a response, in a response in groups, and in a group.
_HOLDERS = ("points", "groups", "hits")
_DEEPEST = 8


def top(told: dict[str, Any]) -> Any:
    """Return how many points, or groups of them, are asked for; of a batch by its first query."""
    requests = items(told.get("requests"))
    return get(requests[0], "limit") if requests else told.get("limit")


def query(told: dict[str, Any]) -> str | None:
    """Return the texts that are searched for, which the client or the server turns into vectors."""
    given = [told.get("query_text"), *items(told.get("query_texts"))]
    asked = (told, *items(told.get("requests")))
    return joined([*given, *(text for each in asked for text in _texts(each, 0))])


def documents(value: Any) -> list[Document]:
    """Return the points found, of all queries and groups one after the other."""
    return list(_found(value, 0))


def _texts(request: Any, depth: int) -> Iterator[Any]:
    """Yield the texts of a query, and before them those of the searches that it is made from."""
    held = get(request, "prefetch")
    if depth < _DEEPEST:
        for each in items(held) or [held]:
            if each is not None:
                yield from _texts(each, depth + 1)
    given = get(request, "query")
    nearest = get(given, "nearest")
    yield get(given if nearest is None else nearest, "text")


def _found(value: Any, depth: int) -> Iterator[Document]:
    if depth > _DEEPEST:
        return
    for each in items(value):
        yield from _found(each, depth + 1)
    known = fields(value)
    holder = next((name for name in _HOLDERS if name in known), None)
    if holder is not None:
        yield from _found(known[holder], depth + 1)
    elif "score" in known:
        # What the client's own embedding brought along stands beside, not in a payload.
        held = known.get("payload") or known.get("metadata")
        yield document(known.get("id"), known["score"], held)
