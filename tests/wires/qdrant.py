# SPDX-License-Identifier: Apache-2.0
"""The REST wire of a Qdrant server: one collection of two books, whatever is written into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alike.stores import BOOKS
from spanwright.console.provider import Wire
from spanwright.console.provider.request import Answer
from spanwright.console.provider.shape import dump, sequence, whole

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.wire import Endpoint

SCORES = (0.994, 0.11)
_ERRORS = {
    400: "Wrong input: Vector dimension error: expected dim: 2, got 3",
    401: "Must provide an API key or an Authorization bearer token",
    404: "Not found: Collection `books` doesn't exist!",
    429: "Rate limiting exceeded: Read rate limit exceeded, retry later",
}


def refuse(request: Request, status: int) -> Answer:
    told = _ERRORS.get(status, "Service internal error: the service is not ready")
    return Answer(dump({"status": {"error": told}, "time": 0.0001}).encode(), status)


def _result(result: Any) -> Answer:
    return Answer(dump({"result": result, "status": "ok", "time": 0.0002}).encode())


def _points(count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"id": at, "version": 0, **{name: each[at - 1] for name, each in more.items()}, "payload": payload}
        for at, payload in enumerate(({"text": text, **told} for text, _, told in BOOKS), 1)
    ][:count]


def query(request: Request, reply: Reply, state: State) -> Answer:
    asked = request.fields.get("query")
    nearest = asked.get("nearest") if isinstance(asked, dict) else asked
    if isinstance(nearest, list) and len(nearest) != 2:
        return refuse(request, 400)
    return _result({"points": _points(whole(request.fields.get("limit"), 10), score=SCORES)})


def batch(request: Request, reply: Reply, state: State) -> Answer:
    searches = sequence(request.fields.get("searches"))
    return _result([{"points": _points(whole(each.get("limit"), 10), score=SCORES)} for each in searches])


def groups(request: Request, reply: Reply, state: State) -> Answer:
    found = _points(whole(request.fields.get("limit"), 10), score=SCORES)
    return _result({"groups": [{"hits": [each], "id": each["payload"]["page"]} for each in found]})


def always(result: Any) -> Endpoint:
    """Return what always answers this."""
    return lambda request, reply, state: _result(result)


_DONE = {"operation_id": 3, "status": "completed"}
_POINTS = "/collections/[^/]+/points"
WIRE = Wire(
    routes=(
        ("POST", f"{_POINTS}/query", query),
        ("POST", f"{_POINTS}/query/batch", batch),
        ("POST", f"{_POINTS}/query/groups", groups),
        ("PUT", f"{_POINTS}(/vectors|/payload)?", always(_DONE)),
        ("POST", f"{_POINTS}/(delete|payload|vectors/delete|payload/delete|payload/clear)", always(_DONE)),
        ("POST", f"{_POINTS}/batch", always([_DONE])),
        ("POST", f"{_POINTS}/scroll", always({"points": _points(2), "next_page_offset": None})),
        ("POST", f"{_POINTS}/count", always({"count": 2})),
        ("POST", _POINTS, always(_points(1))),
    ),
    refuse=refuse,
)
