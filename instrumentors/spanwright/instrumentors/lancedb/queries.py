# SPDX-License-Identifier: Apache-2.0
"""What a query that is about to run says of itself, and the rows that it has found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import lance_rows
from spanwright.instrumentors._dialects.rows import joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.semconv.model import Document

# Where a plain query keeps its text: one to be turned into a vector, one of a hybrid query, one to search words by.
_TEXTS = ("_str_query", "_query_string", "_text", "_query")


def table(holder: Any) -> str | None:
    """Return the name of the table that a query or another builder belongs to, or that the table itself has."""
    # An asynchronous query knows its table in newer versions alone.
    return getattr(getattr(holder, "_table", None), "name", None) or getattr(holder, "name", None)


def top(told: dict[str, Any]) -> Any:
    """Return how many rows are asked for."""
    query = told["self"]
    inner = getattr(query, "_inner", None)
    if inner is None:
        return getattr(query, "_limit", None)
    return _told(lambda: inner.to_query_request().limit)


def text(told: dict[str, Any]) -> str | None:
    """Return the text that is searched for."""
    query = told["self"]
    found = next((each for name in _TEXTS if isinstance(each := getattr(query, name, None), str)), None)
    inner = getattr(query, "_inner", None)
    if found is None and inner is not None:
        found = _told(lambda: _words(inner))
    return joined([found])


def documents(value: Any) -> list[Document]:
    """Return the rows of a table of Arrow without their vectors; a reader's rows are the caller's alone to read."""
    if not hasattr(value, "to_pylist"):
        return []
    names = [each.name for each in value.schema if "list" not in str(each.type)]
    return lance_rows.documents(value.select(names).to_pylist())


def _words(inner: Any) -> Any:
    """Return the words that the compiled part of a query searches for, in a hybrid one by a query within it."""
    part = getattr(inner, "to_fts_query", None)
    return (part() if part is not None else inner).get_query()


def _told(read: Callable[[], Any]) -> Any:
    """Return what the compiled part of a query tells, which has panicked in some versions."""
    try:
        return read()
    except BaseException as error:
        # A panic is no `Exception`, and would leave through the application's call.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            return None
        raise
