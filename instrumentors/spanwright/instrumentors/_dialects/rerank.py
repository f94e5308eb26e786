# SPDX-License-Identifier: Apache-2.0
"""Reranking, as Cohere, Voyage, Together and OpenRouter speak it alike: a query and documents in, indices with scores out.

The conventions have no reranking. It is told with the attributes of a retrieval, which say all that there is (query,
model, how many documents at most, the documents with their scores), under the operation name `rerank`: their enum is
open, and whoever counts retrievals, which find documents in a store, does not expect to find the sorting of documents
that were found before.
"""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.semconv.clean import integer, number
from spanwright.semconv.model import Content, Document, Request

OPERATION = "rerank"


def request(body: Any) -> Request:
    """Read what was asked for."""
    return Request(model=body.get("model"))


def top(body: Any) -> int | None:
    """Return how many documents were asked for at most: Cohere calls it `top_n`, Voyage `top_k`."""
    found = body.get("top_n")
    return integer(found if found is not None else body.get("top_k"))


def content(body: Any) -> Content:
    """Read the sensitive part of a request."""
    return Content(query=string(body.get("query")))


def documents(body: Any, value: Any) -> list[Document]:
    """Read the documents in their new order, by their index in the request; the answer may not repeat their texts."""
    given = items(body.get("documents"))
    found: list[Document] = []
    for each in items(get(value, "results")) or items(get(value, "data")):
        index = get(each, "index")
        known = type(index) is int and 0 <= index < len(given)
        told = given[index] if known else get(each, "document")
        found.append(
            Document(
                id=string(get(told, "id")) or (str(index) if type(index) is int else None),
                score=number(get(each, "relevance_score")),
                content=told if isinstance(told, str) else string(get(told, "text")),
            )
        )
    return found
