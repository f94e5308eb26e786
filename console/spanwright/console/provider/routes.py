# SPDX-License-Identifier: Apache-2.0
"""Which function answers which request, and what may happen before one is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spanwright.console.provider import (
    audio,
    azure,
    catalog,
    chat,
    completions,
    embeddings,
    images,
    responses,
    weather,
)
from spanwright.console.provider.errors import error_answer, invalid, unknown_url
from spanwright.console.provider.reply import Reply
from spanwright.console.provider.request import Answer, whole_answer
from spanwright.console.provider.shape import hexadecimal, whole
from spanwright.console.provider.turn import SNAPSHOTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.wire import Endpoint, Wire

# Azure's two address forms, the plain API, and gateways that leave the version out.
_PREFIX = re.compile(r"^/openai/deployments/(?P<deployment>[^/]+)(?=/)|^/openai/v1(?=/)|^/v1(?=/)")
_ROUTES: list[tuple[str, str, Endpoint]] = [
    ("POST", "/chat/completions", chat.complete),
    ("POST", "/completions", completions.complete),
    ("POST", "/embeddings", embeddings.embed),
    ("POST", "/responses", responses.create),
    ("POST", "/responses/compact", responses.compact),
    ("POST", "/responses/input_tokens", responses.input_tokens),
    ("GET", "/responses/[^/]+", responses.retrieve),
    ("DELETE", "/responses/[^/]+", responses.delete),
    ("POST", "/responses/[^/]+/cancel", responses.cancel),
    ("GET", "/responses/[^/]+/input_items", responses.input_items),
    ("POST", "/images/generations", images.generate),
    ("POST", "/images/(edits|variations)", images.edit),
    ("POST", "/audio/speech", audio.speech),
    ("POST", "/audio/transcriptions", audio.transcribe),
    ("POST", "/audio/translations", audio.translate),
    ("POST", "/moderations", catalog.moderate),
    ("POST", "/vector_stores/[^/]+/search", catalog.search),
    ("GET", "/models", catalog.models),
    ("GET", "/models/.+", catalog.model),
    ("GET", "/files", catalog.files),
    ("POST", "/files", catalog.upload),
    ("GET", "/batches", catalog.batches),
]
# Where providers look for the key of the caller.
_KEYS = ("authorization", "api-key", "x-api-key", "x-goog-api-key")
_PLAIN: dict[tuple[str, str], Endpoint] = {
    ("GET", "/weather"): weather.weather,
    ("GET", "/slow"): weather.slow,
}


def split(path: str) -> tuple[str, str]:
    """The path within the API, and the deployment that an Azure path names."""
    found = _PREFIX.match(path)
    return (path[found.end() :], found.group("deployment") or "") if found else (path, "")


def answer(request: Request, state: State) -> Answer:
    """Answers one request."""
    for wire in state.wires:
        if (found := wire.find(request)) is not None:
            return _foreign(wire, found, request, state)
    path, _ = split(request.path)
    if plain := _PLAIN.get((request.method, path)):
        return _speak(state.take(path, named=True), request, plain, state, _refuse)
    endpoint = _endpoint(request.method, path)
    if endpoint is None:
        return unknown_url(request.method, request.path)
    given = (
        _unauthorized(request, _refuse)
        or _unreadable(request)
        or _failing(request, request.model, state, _refuse)
    )
    if given is None:
        given = _speak(state.take(path, named=request.method != "POST"), request, endpoint, state, _refuse)
    given.headers = {**_headers(request, state), **given.headers}
    return given


def _foreign(wire: Wire, endpoint: Endpoint, request: Request, state: State) -> Answer:
    """Answers a request of another provider's API."""
    given = _unauthorized(request, wire.refuse) or _failing(request, wire.model(request), state, wire.refuse)
    if given is not None:
        return given
    reply = state.take(request.path, named=request.method != "POST")
    return _speak(reply, request, endpoint, state, wire.refuse)


def _refuse(request: Request, status: int) -> Answer:
    return error_answer(status, azure=request.azure, model=request.model)


def _endpoint(method: str, path: str) -> Endpoint | None:
    for verb, pattern, endpoint in _ROUTES:
        if verb == method and re.fullmatch(pattern, path):
            return endpoint
    return None


def _speak(
    reply: Reply | None,
    request: Request,
    endpoint: Endpoint,
    state: State,
    refuse: Callable[[Request, int], Answer],
) -> Answer:
    """Answers by the endpoint, or as the reply says where it replaces the answer."""
    if reply is None:
        return endpoint(request, Reply(), state)
    if reply.error is not None:
        given = refuse(request, reply.error)
        if reply.body is not None:
            given.body = _body(reply).body
    elif reply.events is not None:
        frames = [event.encode().rstrip(b"\n") + b"\n\n" for event in reply.events]
        given = Answer(frames=frames, kind="text/event-stream; charset=utf-8")
    elif reply.body is not None:
        given = _body(reply)
    else:
        given = endpoint(request, reply, state)
    if reply.http_status != 200:  # noqa: PLR2004 - an HTTP status is its own name
        given.status = reply.http_status
    given.headers.update(reply.headers)
    given.hold, given.hold_at = reply.hold, reply.hold_at
    given.cut_after = given.cut_after if reply.cut_after is None else reply.cut_after
    given.drop = reply.drop
    return given


def _body(reply: Reply) -> Answer:
    if isinstance(reply.body, bytes):
        return Answer(reply.body)
    return Answer(reply.body.encode()) if isinstance(reply.body, str) else whole_answer(reply.body)


def _unauthorized(request: Request, refuse: Callable[[Request, int], Answer]) -> Answer | None:
    keys = [request.headers.get(name, "") for name in _KEYS]
    invalid = any(key.removeprefix("Bearer ") == "invalid-key" for key in keys)
    return refuse(request, 401) if invalid else None


def _unreadable(request: Request) -> Answer | None:
    if request.body is None and request.raw and request.headers.get("content-type", "").endswith("json"):
        return invalid("We could not parse the JSON body of your request.")
    return None


def _failing(
    request: Request, model: str, state: State, refuse: Callable[[Request, int], Answer]
) -> Answer | None:
    """The failure that the model stands for: always, or as often as it says for each prompt anew."""
    kind, _, told = model.partition(":")
    if kind == "error":
        return refuse(request, whole(told, 500))
    if kind == "flaky":
        statuses = [*(whole(each, 500) for each in told.split(",")), 200]
        status = statuses[state.occurrence("flaky", request.raw) % len(statuses)]
        return None if status == 200 else refuse(request, status)  # noqa: PLR2004 - as above
    return None


def _headers(request: Request, state: State) -> dict[str, str]:
    seed = f"{request.path} {state.occurrence('headers', request.path)}"
    if request.azure:
        return azure.headers(request, seed, SNAPSHOTS.get(request.model, request.model))
    return {
        "access-control-expose-headers": "X-Request-ID",
        "openai-organization": "test-org",
        "openai-processing-ms": "12",
        "openai-version": "2020-10-01",
        "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
        "x-content-type-options": "nosniff",
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-limit-tokens": "200000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-remaining-tokens": "199990",
        "x-ratelimit-reset-requests": "6ms",
        "x-ratelimit-reset-tokens": "3ms",
        "x-request-id": hexadecimal("req_", seed),
    }
