# SPDX-License-Identifier: Apache-2.0
"""The REST wire of a Pinecone index: two books, whatever is written into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alike.stores import BOOKS
from spanwright.console.provider import Wire
from spanwright.console.provider.request import Answer
from spanwright.console.provider.shape import dump, mapping, whole

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.wire import Endpoint

SCORES = (0.994, 0.11)
_ERRORS = {
    400: (3, "Vector dimension 3 does not match the dimension of the index 2"),
    401: (16, "Malformed API Key"),
    404: (5, "Namespace not found"),
    429: (8, "Too many requests"),
}


def refuse(request: Request, status: int) -> Answer:
    code, message = _ERRORS.get(status, (13, "Internal error"))
    return _json({"code": code, "message": message, "details": []}, status)


def _json(data: Any, status: int = 200) -> Answer:
    return Answer(dump(data).encode(), status)


def matches(count: int) -> list[dict[str, Any]]:
    """Return what a query finds."""
    return [
        {"id": str(at), "score": score, "values": [], "metadata": {"text": text, **told}}
        for at, (score, (text, _, told)) in enumerate(zip(SCORES, BOOKS, strict=True), 1)
    ][:count]


def query(request: Request, reply: Reply, state: State) -> Answer:
    if len(request.fields.get("vector") or ()) not in (0, 2):
        return refuse(request, 400)
    found = matches(whole(request.fields.get("topK"), 10))
    return _json({"results": [], "matches": found, "namespace": "shelf", "usage": {"readUnits": 5}})


def search(request: Request, reply: Reply, state: State) -> Answer:
    found = matches(whole(mapping(request.fields.get("query")).get("top_k"), 10))
    hits = [{"_id": each["id"], "_score": each["score"], "fields": each["metadata"]} for each in found]
    return _json({"result": {"hits": hits}, "usage": {"read_units": 6, "embed_total_tokens": 5}})


def documents(request: Request, reply: Reply, state: State) -> Answer:
    found = matches(whole(request.fields.get("top_k"), 10))
    documents = [{"_id": each["id"], "_score": each["score"], **each["metadata"]} for each in found]
    return _json({"matches": documents, "namespace": "shelf", "usage": {"read_units": 6}})


def fetch(request: Request, reply: Reply, state: State) -> Answer:
    found = {"1": {"id": "1", "values": [1.0, 0.0], "metadata": BOOKS[0][2]}}
    return _json({"vectors": found, "namespace": "shelf", "usage": {"readUnits": 1}})


def always(data: Any, status: int = 200) -> Endpoint:
    """Return what always answers this."""
    return lambda request, reply, state: _json(data, status)


_SHELF = "/namespaces/[^/]+/documents"
WIRE = Wire(
    routes=(
        ("POST", "/query", query),
        ("POST", "/records/namespaces/[^/]+/search", search),
        ("POST", "/records/namespaces/[^/]+/upsert", always({}, 201)),
        ("POST", "/vectors/upsert", always({"upsertedCount": 1})),
        ("POST", "/vectors/(update|delete)", always({})),
        ("GET", "/vectors/fetch", fetch),
        ("POST", f"{_SHELF}/search", documents),
        ("POST", f"{_SHELF}/upsert", always({"upserted_count": 1}, 202)),
    ),
    refuse=refuse,
)
