# SPDX-License-Identifier: Apache-2.0
"""The wire of a Chroma server: one collection of two books, whatever is written into it."""

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

_ID = "f0d8b13b-d6a4-4393-80b6-6d9e1c3dc00d"
_ERRORS = {
    400: ("InvalidArgumentError", "Collection expecting embedding with dimension of 2, got 3"),
    401: ("AuthError", "Unauthorized"),
    404: ("NotFoundError", f"Collection [{_ID}] does not exist."),
    429: ("RateLimitError", "Rate limit exceeded"),
}
_DATABASE = "/api/v2/tenants/[^/]+/databases/[^/]+"
_COLLECTION = f"{_DATABASE}/collections/{_ID}"


def refuse(request: Request, status: int) -> Answer:
    error, message = _ERRORS.get(status, ("InternalError", "internal error"))
    return Answer(dump({"error": error, "message": message}).encode(), status)


def says(data: Any, status: int = 200) -> Endpoint:
    """Return what always answers this."""

    def endpoint(request: Request, reply: Reply, state: State) -> Answer:
        return Answer(dump(data).encode(), status)

    return endpoint


def create(request: Request, reply: Reply, state: State) -> Answer:
    asked = mapping(request.fields.get("configuration"))
    data = {
        "id": _ID,
        "name": request.fields.get("name"),
        "configuration_json": {
            "hnsw": {"space": "l2"},
            "embedding_function": asked.get("embedding_function"),
        },
        "schema": None,
        "metadata": None,
        "dimension": 2,
        "tenant": "default_tenant",
        "database": "default_database",
        "log_position": 0,
        "version": 0,
    }
    return Answer(dump(data).encode())


def _columns(count: int) -> dict[str, Any]:
    books = list(enumerate(BOOKS, 1))[:count]
    return {
        "ids": [str(at) for at, _ in books],
        "embeddings": None,
        "documents": [text for _, (text, _, _) in books],
        "uris": None,
        "metadatas": [metadata for _, (_, _, metadata) in books],
    }


def get(request: Request, reply: Reply, state: State) -> Answer:
    found = _columns(len(request.fields.get("ids") or ()) or whole(request.fields.get("limit"), 2))
    if "embeddings" in request.fields["include"]:
        found["embeddings"] = [vector for _, vector, _ in BOOKS][: len(found["ids"])]
    return Answer(dump({**found, "include": request.fields["include"]}).encode())


def query(request: Request, reply: Reply, state: State) -> Answer:
    """Answer every query alike; one of three dimensions is refused."""
    if any(len(each) != 2 for each in request.fields["query_embeddings"]):
        return refuse(request, 400)
    many = len(request.fields["query_embeddings"])
    count = whole(request.fields.get("n_results"), 10)
    found = {name: value and [value] * many for name, value in _columns(count).items()}
    distances = [[0.02, 1.62][:count]] * many
    return Answer(dump({**found, "distances": distances, "include": request.fields["include"]}).encode())


def search(request: Request, reply: Reply, state: State) -> Answer:
    asked = request.fields["searches"]
    counts = [whole(each["limit"].get("limit"), 2) for each in asked]
    found = {name: [_columns(count)[name] for count in counts] for name in _columns(0)}
    scores = [[0.02, 1.62][:count] for count in counts]
    return Answer(dump({**found, "scores": scores, "select": [["#document"]] * len(asked)}).encode())


WIRE = Wire(
    routes=(
        (
            "GET",
            "/api/v2/auth/identity",
            says({"user_id": "", "tenant": "default_tenant", "databases": ["default_database"]}),
        ),
        ("GET", "/api/v2/pre-flight-checks", says({"max_batch_size": 5461})),
        ("GET", "/api/v2/tenants/[^/]+", says({"name": "default_tenant", "resource_name": None})),
        (
            "GET",
            _DATABASE,
            says(
                {
                    "id": "00000000-0000-0000-0000-000000000000",
                    "name": "default_database",
                    "tenant": "default_tenant",
                }
            ),
        ),
        ("POST", f"{_DATABASE}/collections", create),
        ("GET", f"{_COLLECTION}/count", says(2)),
        ("POST", f"{_COLLECTION}/add", says({}, 201)),
        ("POST", f"{_COLLECTION}/(upsert|update)", says({})),
        ("POST", f"{_COLLECTION}/delete", says({"deleted": 1})),
        ("POST", f"{_COLLECTION}/get", get),
        ("POST", f"{_COLLECTION}/query", query),
        ("POST", f"{_COLLECTION}/search", search),
    ),
    refuse=refuse,
)
