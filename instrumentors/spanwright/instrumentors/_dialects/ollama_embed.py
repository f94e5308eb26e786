# SPDX-License-Identifier: Apache-2.0
"""Ollama's embeddings, of both its endpoints: texts in, vectors out, neither of which is content of a span."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Content, Message, Request, Response, Usage


def request(body: Any) -> Request:
    """Read what was asked for."""
    dimensions = integer(body.get("dimensions"))
    return Request(
        model=body.get("model"),
        extra={n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: dimensions} if dimensions else None,
    )


def response(value: Any) -> Response:
    """Read the facts of an answer; the older endpoint tells none."""
    read = fields(value).get
    used = count(read("prompt_eval_count"))
    return Response(model=read("model"), usage=Usage(input=used) if used is not None else None)


def content(body: Any) -> Content:
    """Return nothing: the conventions have no place for the input of an embedding."""
    del body
    return Content()


def output(value: Any) -> list[Message]:
    """Return nothing: a vector tells a reader nothing."""
    del value
    return []
