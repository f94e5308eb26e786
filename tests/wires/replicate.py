# SPDX-License-Identifier: Apache-2.0
"""The wire of Replicate: predictions that are created, polled and streamed.

A prediction is `starting` when it is created, unless the request prefers to wait; each polling takes it one step on,
to `processing` and then to its end. A model whose name has `fail` in it fails.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.request import Answer, frame
from spanwright.console.provider.shape import dump, hexadecimal, mapping, string
from spanwright.console.provider.tokens import count, words

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.wire import Endpoint

_DETAILS = {
    401: ("Unauthenticated", "You did not pass a valid authentication token"),
    404: ("Not found", "The requested resource could not be found."),
    422: ("Input validation failed", "- input: prompt is required"),
    429: ("Too many requests", "Request was throttled."),
    500: ("Internal server error", "Something went wrong."),
}
_CREATED_AT = "2024-02-12T16:44:47.049270763Z"
_SCHEMA = {"components": {"schemas": {"Output": {"type": "array", "items": {"type": "string"}}}}}
_ITERATOR = {
    "components": {
        "schemas": {"Output": {"type": "array", "items": {"type": "string"}, "x-cog-array-type": "iterator"}}
    }
}


def refuse(request: Request, status: int) -> Answer:
    title, detail = _DETAILS.get(status, ("Error", "The request failed."))
    return _whole({"title": title, "detail": detail, "status": status}, status)


def _whole(data: dict[str, Any], status: int = 200) -> Answer:
    return Answer(f"{dump(data)}\n".encode(), status, "application/json; charset=utf-8")


def _model(request: Request) -> str:
    """Return `owner/name` of the path; the owner `error` stands for a status that is its model's name."""
    found = re.match(r"/v1/(?:models|deployments)/([^/]+)/([^/]+)/", request.path)
    named = f"{found[1]}/{found[2]}" if found else string(request.fields.get("version"))
    return f"error:{named.partition('/')[2]}" if named.startswith("error/") else named


def create(request: Request, reply: Reply, state: State) -> Answer:
    made = hexadecimal("", state.seed(request), length=26)
    base = f"http://{request.headers['host']}/v1"
    model = _model(request)
    text = (
        reply.text
        if reply.text is not None
        else f"You asked {mapping(request.fields.get('input')).get('prompt')}."
    )
    asked = mapping(request.fields.get("input"))
    told: dict[str, Any] = {
        "id": made,
        "model": model if "/" in model else "acme/text",
        "version": string(request.fields.get("version")) or "hidden",
        "input": asked,
        "logs": "",
        "output": None,
        "error": None,
        "status": "starting",
        "created_at": _CREATED_AT,
        "urls": {"cancel": f"{base}/predictions/{made}/cancel", "get": f"{base}/predictions/{made}"},
    }
    if request.fields.get("stream"):
        told["urls"]["stream"] = f"{base}/streams/{made}"
    state.responses[made] = {**told, "_text": text, "_usage": reply.usage}
    if request.headers.get("prefer", "").startswith("wait"):
        _advance(state, made, last=True)
    return _whole(_shown(state.responses[made]), 201)


def _shown(held: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in held.items() if not name.startswith("_")}


def _advance(state: State, made: str, *, last: bool = False) -> None:
    held = state.responses[made]
    text = held["_text"]
    if held["status"] == "starting" and not last:
        held.update(status="processing", output=words(text)[:1], started_at=_CREATED_AT)
    elif held["status"] in ("starting", "processing"):
        failed = "fail" in held["model"]
        usage = {
            "input_token_count": count(string(held["input"].get("prompt"))),
            "output_token_count": count(text),
        }
        held.update(
            status="failed" if failed else "succeeded",
            error="The model failed." if failed else None,
            output=None if failed else words(text),
            completed_at=_CREATED_AT,
            metrics={"predict_time": 0.5, **(usage if held["_usage"] is None else held["_usage"])},
        )


def retrieve(request: Request, reply: Reply, state: State) -> Answer:
    made = request.path.rpartition("/")[2]
    if made not in state.responses:
        return refuse(request, 404)
    _advance(state, made)
    return _whole(_shown(state.responses[made]))


def cancel(request: Request, reply: Reply, state: State) -> Answer:
    held = state.responses[request.path.split("/")[3]]
    held.update(status="canceled")
    return _whole(_shown(held))


def version(request: Request, reply: Reply, state: State) -> Answer:
    told = request.path.rpartition("/")[2]
    schema = _ITERATOR if "iterator" in request.path else _SCHEMA
    return _whole({"id": told, "created_at": _CREATED_AT, "cog_version": "0.9.4", "openapi_schema": schema})


def stream(request: Request, reply: Reply, state: State) -> Answer:
    held = state.responses[request.path.rpartition("/")[2]]
    frames = [
        f"event: output\nid: {at}:0\ndata: {word}\n\n".encode()
        for at, word in enumerate(words(held["_text"]))
    ]
    if "fail" in held["model"]:
        frames.append(b'event: error\nid: 98:0\ndata: {"detail":"The model failed."}\n\n')
    frames.append(frame("{}", "done").replace(b"data:", b"id: 99:0\ndata:"))
    return Answer(frames=frames, kind="text/event-stream; charset=utf-8")


_ROUTES: list[tuple[str, str, Endpoint]] = [
    ("POST", "/v1/predictions", create),
    ("POST", "/v1/(models|deployments)/[^/]+/[^/]+/predictions", create),
    ("GET", "/v1/predictions/[^/]+", retrieve),
    ("POST", "/v1/predictions/[^/]+/cancel", cancel),
    ("GET", "/v1/models/[^/]+/[^/]+/versions/[^/]+", version),
    ("GET", "/v1/streams/[^/]+", stream),
]
WIRE = Wire(routes=_ROUTES, refuse=refuse, model=_model)
