# SPDX-License-Identifier: Apache-2.0
"""Milvus's searches, by vector and by text, and their hits, one list a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.rows import document, joined
from spanwright.instrumentors._dialects.wire import fields, get, items

if TYPE_CHECKING:
    from spanwright.semconv.model import Document

_KEPT = ("distance", "entity")


def top(told: dict[str, Any]) -> Any:
    """Return how many hits are asked for."""
    return told.get("limit")


def query(told: dict[str, Any]) -> str | None:
    """Return the texts that are searched for, which the server turns into vectors or searches as words."""
    # The parts of a hybrid search keep theirs to themselves.
    parts = [get(each, "data") or get(each, "_data") for each in items(told.get("reqs"))]
    return joined(each for data in (told.get("data"), *parts) for each in items(data))


def documents(value: Any) -> list[Document]:
    """Return the hits of all queries, one after the other."""
    return [_document(fields(hit)) for hits in items(value) for hit in items(hits)]


def _document(hit: dict[str, Any]) -> Document:
    # The key is the name of the collection's own field.
    identity = next((value for name, value in hit.items() if name not in _KEPT), None)
    return document(identity, hit.get("distance"), hit.get("entity"))
