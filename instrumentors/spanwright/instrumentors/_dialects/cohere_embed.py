# SPDX-License-Identifier: Apache-2.0
"""Cohere's embeddings of both versions: texts or images in, vectors out, neither of which is content of a span."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.cohere_usage import embedded
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Message, Request, Response


def request(body: Any) -> Request:
    """Read what was asked for."""
    dimensions = integer(body.get("output_dimension"))
    return Request(
        model=body.get("model"),
        encoding_formats=body.get("embedding_types"),
        extra={n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: dimensions} if dimensions else None,
    )


def response(value: Any) -> Response:
    """Read the facts of an answer, which names no model."""
    return Response(usage=embedded(value))


def output(value: Any) -> list[Message]:
    """Return nothing: a vector tells a reader nothing."""
    del value
    return []
