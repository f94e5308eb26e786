# SPDX-License-Identifier: Apache-2.0
"""DashScope's embeddings and its reranking, which share their envelope with its generation."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, get
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Request, Response, Usage


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


def ranking(body: Any) -> dict[str, Any]:
    """Return the request of a reranking as Cohere's API has it."""
    read = fields(body.get("input")).get
    return {
        "model": body.get("model"),
        "query": read("query"),
        "documents": read("documents"),
        "top_n": get(body.get("parameters"), "top_n"),
    }


def rankings(value: Any) -> Any:
    """Return the answer of a reranking as Cohere's API has it."""
    return get(value, "output")
