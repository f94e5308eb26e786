# SPDX-License-Identifier: Apache-2.0
"""The wire of Voyage: embeddings of three kinds, and reranking."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.embeddings import closeness, vector
from spanwright.console.provider.request import Answer
from spanwright.console.provider.shape import dump, mapping, sequence, string, whole
from spanwright.console.provider.tokens import count

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.wire import Endpoint

_DETAILS = {
    401: "Provided API key is invalid.",
    404: "Not Found",
    429: "You have exceeded your rate limit. Please wait and try again.",
}


def refuse(request: Request, status: int) -> Answer:
    given = _whole({"detail": _DETAILS.get(status, "The request is not valid.")})
    given.status = status
    return given


def _whole(data: dict[str, Any]) -> Answer:
    return Answer(dump(data).encode())


def _vector(text: str, body: dict[str, Any]) -> list[float] | str:
    values = vector(text, whole(body.get("output_dimension"), 16))
    if body.get("encoding_format") == "base64":
        return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    return values


def _list(data: list[Any], request: Request, usage: dict[str, Any], reply: Reply) -> Answer:
    told = dict(reply.usage) if reply.usage is not None else usage
    return _whole({"object": "list", "data": data, "model": request.model, "usage": told})


def embed(request: Request, reply: Reply, _state: State) -> Answer:
    body = request.fields
    given = body.get("input")
    texts = [given] if isinstance(given, str) else [string(each) for each in sequence(given)]
    data = [
        {"embedding": _vector(text, body), "index": at, "object": "embedding"}
        for at, text in enumerate(texts)
    ]
    return _list(data, request, {"total_tokens": sum(map(count, texts))}, reply)


def multimodal(request: Request, reply: Reply, _state: State) -> Answer:
    body = request.fields
    texts: list[str] = []
    pixels = 0
    for each in map(mapping, sequence(body.get("inputs"))):
        parts = [mapping(part) for part in sequence(each.get("content"))]
        texts.append(" ".join(string(part.get("text")) for part in parts))
        pixels += 1000 * sum(string(part.get("type")).startswith("image") for part in parts)
    data = [
        {"embedding": _vector(text, {}), "index": at, "object": "embedding"} for at, text in enumerate(texts)
    ]
    told = sum(map(count, texts))
    usage = {
        "text_tokens": told,
        "image_pixels": pixels,
        "video_pixels": 0,
        "total_tokens": told + pixels // 560,
    }
    return _list(data, request, usage, reply)


def contextualized(request: Request, reply: Reply, _state: State) -> Answer:
    body = request.fields
    documents = [[string(text) for text in sequence(each)] for each in sequence(body.get("inputs"))]
    data = [
        {
            "object": "list",
            "data": [
                {"object": "embedding", "embedding": _vector(text, body), "index": at}
                for at, text in enumerate(texts)
            ],
            "index": index,
        }
        for index, texts in enumerate(documents)
    ]
    return _list(
        data, request, {"total_tokens": sum(count(each) for text in documents for each in text)}, reply
    )


def rerank(request: Request, reply: Reply, _state: State) -> Answer:
    body = request.fields
    query, documents = string(body.get("query")), [string(each) for each in sequence(body.get("documents"))]
    found = [
        {"relevance_score": round(closeness(query, text), 8), "index": at}
        for at, text in enumerate(documents)
    ]
    found.sort(key=lambda each: -each["relevance_score"])
    kept = found[: whole(body.get("top_k"), len(found))]
    return _list(kept, request, {"total_tokens": sum(map(count, [query, *documents]))}, reply)


_ROUTES: list[tuple[str, str, Endpoint]] = [
    ("POST", "/v1/embeddings", embed),
    ("POST", "/v1/multimodalembeddings", multimodal),
    ("POST", "/v1/contextualizedembeddings", contextualized),
    ("POST", "/v1/rerank", rerank),
]
WIRE = Wire(routes=_ROUTES, refuse=refuse)
