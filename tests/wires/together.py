# SPDX-License-Identifier: Apache-2.0
"""Together's API: a seed a choice, cached tokens beside the totals, usage in the last chunk in any case; rerank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire, chat, completions, embeddings, images
from spanwright.console.provider.errors import error_answer
from spanwright.console.provider.request import Answer, whole_answer
from wires.alike import bent, ended, ranked, without

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State

_NOT_ITS = ("refusal", "annotations", "obfuscation", "service_tier", "system_fingerprint")


def used(usage: dict[str, Any]) -> dict[str, Any]:
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", usage.get("cached_tokens", 0))
    return {**{name: usage[name] for name in usage if not name.endswith("_details")}, "cached_tokens": cached}


def whole(body: dict[str, Any]) -> dict[str, Any]:
    told = without(body, *_NOT_ITS)
    for choice in told.get("choices") or ():
        choice["seed"] = 7
    if told.get("usage"):
        told["usage"] = used(told["usage"])
    return {**told, "prompt": []}


def chunks(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told, usage = ended(without(told, *_NOT_ITS))
    for chunk in told:
        chunk["usage"] = None
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            choice.update(text=delta.get("content") or "", seed=None)
            delta.update(token_id=16, role="assistant")
    told[-1]["usage"] = used(usage or {"prompt_tokens": 41, "completion_tokens": 15, "total_tokens": 56})
    return told


def rerank(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /rerank`, the closest document first."""
    body = request.fields
    results = ranked(body)
    if body.get("return_documents") is not True:
        results = [{**each, "document": {}} for each in results]
    usage = {"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}
    return whole_answer(
        {"id": "rank-1", "object": "rerank", "model": request.model, "results": results, "usage": usage}
    )


def refuse(request: Request, status: int) -> Answer:
    given = error_answer(status, model=request.model)
    given.body = given.body.replace(b"{", b'{"id": "ovTest1", ', 1)
    return given


WIRE = Wire(
    routes=[
        (
            "POST",
            "/v1/chat/completions",
            bent(chat.complete, "/v1/chat/completions", whole, chunks, events=False),
        ),
        ("POST", "/v1/completions", bent(completions.complete, "/v1/completions", whole)),
        ("POST", "/v1/embeddings", embeddings.embed),
        ("POST", "/v1/images/generations", images.generate),
        ("POST", "/v1/rerank", rerank),
    ],
    refuse=refuse,
)
