# SPDX-License-Identifier: Apache-2.0
"""Voyage's embeddings of every kind: inputs in, vectors out, neither of which is content of a span."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, get
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Message, Request, Response, Usage


def request(body: Any) -> Request:
    """Read what was asked for. That vectors travel as base64 is the SDK's own affair; the caller asked for a type."""
    dimensions = integer(body.get("output_dimension"))
    return Request(
        model=body.get("model"),
        encoding_formats=body.get("output_dtype"),
        extra={n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: dimensions} if dimensions else None,
    )


def response(value: Any) -> Response:
    """Read the facts of an answer, or of the SDK's object that keeps the count of tokens alone."""
    given = count(get(get(value, "usage"), "total_tokens"))
    if given is None:
        given = count(get(value, "total_tokens"))
    return Response(model=get(value, "model"), usage=Usage(input=given) if given is not None else None)


def output(value: Any) -> list[Message]:
    """Return nothing: a vector tells a reader nothing."""
    del value
    return []
