# SPDX-License-Identifier: Apache-2.0
"""DashScope's embeddings and its reranking, which share their envelope with its generation."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer, number
from spanwright.semconv.model import Content, Document, Request, Response, Usage


def request(body: Any) -> Request:
    """Read what was asked for."""
    dimensions = integer(get(body.get("parameters"), "dimension"))
    return Request(
        model=body.get("model"),
        extra={n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: dimensions} if dimensions else None,
    )


def response(value: Any) -> Response:
    """Read the facts of an answer; some models count tokens of the input apart, others in total alone."""
    read = fields(get(value, "usage")).get
    used = count(read("input_tokens"))
    used = used if used is not None else count(read("total_tokens"))
    return Response(id=get(value, "request_id"), usage=Usage(input=used) if used is not None else None)


def top(body: Any) -> int | None:
    """Return how many documents of a reranking are wanted at most."""
    return integer(get(body.get("parameters"), "top_n"))


def content(body: Any) -> Content:
    """Read the sensitive part of a reranking's request."""
    return Content(query=string(get(body.get("input"), "query")))


def documents(body: Any, value: Any) -> list[Document]:
    """Read the documents in their new order, by their index; the answer repeats their texts only when asked to."""
    given = items(get(body.get("input"), "documents"))
    found: list[Document] = []
    for each in items(get(get(value, "output"), "results")):
        index = get(each, "index")
        known = type(index) is int and 0 <= index < len(given)
        told = given[index] if known else get(each, "document")
        found.append(
            Document(
                id=str(index) if type(index) is int else None,
                score=number(get(each, "relevance_score")),
                content=told if isinstance(told, str) else string(get(told, "text")),
            )
        )
    return found
