# SPDX-License-Identifier: Apache-2.0
"""OpenAI's embeddings: texts in, vectors out. Neither texts nor vectors are ever content of a span."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, get
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Content, Message, Request, Response, Usage


def request(body: Any) -> Request:
    """Read what was asked for."""
    # The second name is Mistral's.
    dimensions = integer(body.get("dimensions")) or integer(body.get("output_dimension"))
    return Request(
        model=body.get("model"),
        encoding_formats=body.get("encoding_format"),
        extra={n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: dimensions} if dimensions else None,
    )


def refinements(body: Any) -> dict[str, Any]:
    """Return nothing: OpenAI's refinement is of inference alone."""
    del body
    return {}


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    used = get(value, "usage")
    return Response(
        model=get(value, "model"),
        usage=Usage(input=count(get(used, "prompt_tokens"))) if used is not None else None,
    )


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Return nothing."""
    del value
    return None


def content(body: Any) -> Content:
    """Return nothing: the conventions have no place for the input of an embedding."""
    del body
    return Content()


def output(value: Any) -> list[Message]:
    """Return nothing: a vector tells a reader nothing."""
    del value
    return []
