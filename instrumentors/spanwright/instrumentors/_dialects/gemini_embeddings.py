# SPDX-License-Identifier: Apache-2.0
"""Google's embeddings, in the shapes of the Gemini API (one or many contents) and of Vertex AI (`:predict`)."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.gemini_usage import total, usage
from spanwright.instrumentors._dialects.wire import count, get, items
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Content, Message, Request, Response, Usage


def request(body: Any) -> Request:
    """Read what was asked for; each request of a batch names the same size."""
    first = next(iter(items(get(body, "requests"))), body)
    config = get(first, "embedContentConfig") or first
    size = integer(get(config, "outputDimensionality")) or integer(
        get(get(body, "parameters"), "outputDimensionality")
    )
    return Request(extra={n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: size} if size else None)


def response(value: Any) -> Response:
    """Read the facts of an answer; Vertex counts the tokens of each text apart."""
    used = usage(get(value, "usageMetadata"))
    if used is None:
        statistics = (get(get(each, "embeddings"), "statistics") for each in items(get(value, "predictions")))
        given = total(*(_tokens(each) for each in statistics))
        used = Usage(input=given) if given is not None else None
    elif used.output is not None:
        used.output = None
    return Response(usage=used)


def content(body: Any) -> Content:
    """Return nothing: the conventions have no place for the input of an embedding."""
    del body
    return Content()


def output(value: Any) -> list[Message]:
    """Return nothing: a vector tells a reader nothing."""
    del value
    return []


def _tokens(statistics: Any) -> int | None:
    found = get(statistics, "token_count")
    return count(int(found) if isinstance(found, float) and found.is_integer() else found)
