# SPDX-License-Identifier: Apache-2.0
"""Reranking as Jina, vLLM and others serve it: a query and documents in, indices with scores out, the best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider import Wire
from spanwright.console.provider.errors import error_answer
from spanwright.console.provider.request import whole_answer
from spanwright.console.provider.shape import sequence, string
from spanwright.console.provider.stems import stems
from spanwright.console.provider.tokens import count

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.request import Answer
    from spanwright.console.provider.state import State


def rerank(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a reranking by the words that query and document share."""
    del reply, state
    body = request.fields
    wanted = set(stems(string(body.get("query"))))
    texts = [string(each) for each in sequence(body.get("documents"))]
    scores = [len(wanted & set(stems(text))) / (len(wanted) or 1) for text in texts]
    order = sorted(range(len(texts)), key=lambda at: -scores[at])
    top = body.get("top_n")
    results = [{"index": at, "relevance_score": scores[at], "document": {"text": texts[at]}} for at in order]
    return whole_answer(
        {
            "id": "rerank-1",
            "model": request.model,
            "usage": {"total_tokens": sum(count(text) for text in texts)},
            "results": results[: top if isinstance(top, int) else None],
        }
    )


def refuse(request: Request, status: int) -> Answer:
    """Answers an error as vLLM does, which is OpenAI's shape."""
    del request
    return error_answer(status)


WIRE = Wire(routes=[("POST", "(/v1)?/rerank", rerank)], refuse=refuse)
