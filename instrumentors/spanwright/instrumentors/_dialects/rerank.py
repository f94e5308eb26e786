# SPDX-License-Identifier: Apache-2.0
"""Reranking as most providers offer it: a query and documents in, the documents' places and scores out."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, get, items, string
from spanwright.semconv.model import Content, Document, Request


def request(body: Any) -> Request:
    """Read what was asked for."""
    return Request(model=body.get("model"))


def content(body: Any) -> Content:
    """Read the query; the documents are told with the answer, which ranks them."""
    return Content(query=string(body.get("query")))


def documents(value: Any, body: Any) -> list[Document]:
    """Read the ranked documents; their texts are in the request where the answer leaves them out."""
    given = items(body.get("documents"))
    found: list[Document] = []
    for each in items(get(value, "results")):
        place = count(get(each, "index"))
        text = _text(get(each, "document"))
        if text is None and place is not None and place < len(given):
            text = _text(given[place])
        found.append(
            Document(
                id=None if place is None else str(place), score=get(each, "relevance_score"), content=text
            )
        )
    return found


def _text(document: Any) -> str | None:
    return string(document) or string(get(document, "text"))
