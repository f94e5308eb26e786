# SPDX-License-Identifier: Apache-2.0
"""Rows that LanceDB has found: the table's own fields, and what the search has added to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.rows import document
from spanwright.instrumentors._dialects.wire import fields, items

if TYPE_CHECKING:
    from spanwright.semconv.model import Document

# The best of these that a row has: what a reranker, a search of words and one by vector have added.
_RANKS = ("_relevance_score", "_score", "_distance")
_IDS = ("id", "_rowid")


def documents(rows: Any) -> list[Document]:
    """Return the rows found."""
    return [_document(fields(row)) for row in items(rows)]


def _document(row: dict[str, Any]) -> Document:
    held = {name: value for name, value in row.items() if name not in (*_RANKS, *_IDS)}
    return document(_first(row, _IDS), _first(row, _RANKS), held)


def _first(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)
