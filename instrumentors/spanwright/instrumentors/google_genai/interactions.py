# SPDX-License-Identifier: Apache-2.0
"""Interactions, which have a client of their own in the SDK: at first one by Stainless, from 2.x on one by Speakeasy.

Speakeasy's methods `create`, `get` and `cancel` are patched where each single request is made, beneath what the SDK
does to continue an answer by itself. A stream stays the SDK's own object: only its `generator` is replaced.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from spanwright.instrumentors._dialects import gemini_interactions
from spanwright.instrumentors._dialects.wire import fields, get, string
from spanwright.instrumentors._families import stainless
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.call import after, traced
from spanwright.instrumentors._kernel.patching import Patch
from spanwright.instrumentors._kernel.streams import observed
from spanwright.instrumentors.google_genai.servers import server
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun, FetchResponse, Inference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spanwright.instrumentors._families.servers import Server
    from spanwright.instrumentors._families.stainless import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Subject

_STAINLESS = "google.genai._interactions"
_SPEAKEASY = "google.genai._gaos"
_READER = stainless.DialectReader(gemini_interactions, refined=False)
_NO_BODY = frozenset({"request", "api_version", "extra_headers", "extra_query", "extra_body", "timeout"})
# By the HTTP response, which a stream shows whatever was made of it, so that closing it early ends its operation.
_streams: WeakKeyDictionary[Any, Operation] = WeakKeyDictionary()


def patches(telemetry: Telemetry) -> Iterator[Patch]:
    """Yield the patches of both clients; a version has one of them, or none."""
    for patch in stainless.patches(
        telemetry, _STAINLESS, ("GeminiNextGenAPIClient", "AsyncGeminiNextGenAPIClient"), Endpoints()
    ):
        yield replace(patch, optional=True)
    lost = "interactions are not traced"
    for name, find in (("create", _created), ("get", _fetched), ("cancel", _fetched)):
        call = traced(Requests(telemetry, find))
        yield Patch(f"{_SPEAKEASY}.interactions", f"Interactions.{name}", call, lost=lost)
        yield Patch(f"{_SPEAKEASY}.interactions", f"AsyncInteractions.{name}", call, lost=lost)
    close = after(_closed)
    for name in ("Stream", "AsyncStream"):
        yield Patch(f"{_SPEAKEASY}.utils.eventstreaming", f"{name}.close", close, optional=True)


class Requests(Method):
    """The seam of one method of Speakeasy's client."""

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation, unless a stream will."""
        if hasattr(value, "generator"):
            value.generator = observed(value.generator, operation)
            _streams[value.response] = operation
            return
        http = getattr(value, "http_response", None)
        if http is not None:
            # A raw response: parsed when the application wishes, and read by now unless it is to be streamed.
            value = http.json() if _is_read(http) else None
        operation.finish(value)


class Endpoints:
    """Finds the operation of a call of Stainless's client."""

    def find(self, client: Any, method: str, path: str, body: dict[str, Any]) -> Found | None:
        """Return subject, reader and content reader of the call, or None when it is no GenAI operation."""
        before, _, rest = path.partition("?")[0].partition("/interactions")
        vertex = "/projects/" in before or bool(getattr(client, "_is_vertex", False))
        where = server(getattr(client, "_base_url", None), vertex=vertex)
        if method == "post" and path.partition("?")[0].endswith("/interactions"):
            return _subject(where, body), _READER, lambda: gemini_interactions.content(body)
        fetched, _, action = rest.strip("/").partition("/")
        if fetched and (method, action) in (("get", ""), ("post", "cancel")):
            return _fetch(where, fetched), _READER, None
        return None

    def answered(self, operation: Operation) -> None:
        """Take note of nothing."""


def _created(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found:
    del args
    given = kwargs.get("request")
    body = fields(get(given, "body")) if fields(given) else {}
    if not body:
        body = {name: value for name, value in kwargs.items() if name not in _NO_BODY}
    if extra := fields(kwargs.get("extra_body")):
        body = {**body, **extra}
    return _subject(_place(instance), body), _READER, _content(body)


def _content(body: dict[str, Any]) -> Callable[[], Any]:
    return lambda: gemini_interactions.content(body)


def _fetched(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found:
    del args
    return _fetch(_place(instance), kwargs.get("id")), _READER, None


def _subject(where: Server, body: dict[str, Any]) -> Subject:
    """Return what is asked: a model, or an agent that runs on the provider's side."""
    request = gemini_interactions.request(body)
    agent = string(body.get("agent"))
    if agent is not None:
        return AgentRun(
            name=agent,
            provider=where.provider,
            request=request,
            address=where.address,
            port=where.port,
            remote=True,
        )
    return Inference(
        n.OperationName.GENERATE_CONTENT,
        where.provider,
        request,
        address=where.address,
        port=where.port,
    )


def _fetch(where: Server, fetched: Any) -> FetchResponse:
    return FetchResponse(
        provider=where.provider, response_id=string(fetched), address=where.address, port=where.port
    )


def _place(instance: Any) -> Server:
    """Return the server: the SDK puts the project into what is the version elsewhere."""
    configured = instance.sdk_configuration
    version = getattr(getattr(configured, "globals", None), "api_version", None)
    return server(configured.server_url, vertex=isinstance(version, str) and "/projects/" in version)


def _is_read(http: Any) -> bool:
    return bool(getattr(http, "is_stream_consumed", False)) and "json" in str(
        http.headers.get("content-type")
    )


def _closed(stream: Any) -> None:
    operation = _streams.get(getattr(stream, "response", None))
    if operation is not None and operation.is_open:
        operation.abandon()
