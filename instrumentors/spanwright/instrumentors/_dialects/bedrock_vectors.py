# SPDX-License-Identifier: Apache-2.0
"""Embeddings by Bedrock's InvokeModel: Amazon Titan and Nova, Cohere. Texts and vectors are never content of a span."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Content, Message, Request, Response, Usage

_PARAMS = ("singleEmbeddingParams", "segmentedEmbeddingParams")


def request(body: Any) -> Request:
    """Read what was asked for."""
    read = body.get
    sizes = (
        read("dimensions"),
        read("output_dimension"),
        get(read("embeddingConfig"), "outputEmbeddingLength"),
        *(get(read(name), "embeddingDimension") for name in _PARAMS),
    )
    size = next((found for each in sizes if (found := integer(each))), None)
    kinds = [each for each in items(read("embeddingTypes") or read("embedding_types")) if string(each)]
    return Request(
        encoding_formats=kinds or None,
        extra={n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: size} if size else None,
    )


def response(value: Any) -> Response:
    """Read the facts of an answer: the count of tokens, which Cohere gives in the headers alone."""
    given = count(get(value, "inputTextTokenCount"))
    return Response(usage=Usage(input=given) if given is not None else None)


def content(body: Any) -> Content:
    """Return nothing: the conventions have no place for the input of an embedding."""
    del body
    return Content()


def output(value: Any) -> list[Message]:
    """Return nothing: a vector tells a reader nothing."""
    del value
    return []


class Chunks:
    """Keeps nothing: vectors are not streamed."""

    __slots__ = ()

    def __init__(self, *, content: bool) -> None:
        del content

    def add(self, chunk: Any) -> None:
        """Take nothing."""

    def value(self) -> dict[str, Any]:
        """Return nothing."""
        return {}
