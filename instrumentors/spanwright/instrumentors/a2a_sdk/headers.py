# SPDX-License-Identifier: Apache-2.0
"""The trace context on the way: in the headers of HTTP requests and in the metadata of gRPC calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._dialects.wire import fields
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import instead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# An application's baggage is no business of somebody else's agent; who wants it there has it sent by the HTTP client.
_SENT = ("traceparent", "tracestate")


def carried(telemetry: Telemetry) -> Wrapper:
    """Return a wrapper of what reads the options of an HTTP request: the context goes with their headers."""

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        del instance
        return instead(wrapped(*args, **kwargs), _with_headers, telemetry)

    return wrapper


def told(telemetry: Telemetry) -> Wrapper:
    """Return a wrapper of what makes the metadata of a gRPC call."""

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        del instance
        return instead(wrapped(*args, **kwargs), _with_metadata, telemetry)

    return wrapper


def received(context: Any, params: Any) -> dict[str, str]:
    """Return what came with a message: in the headers or the metadata of its request, or in its own metadata."""
    state = fields(getattr(context, "state", None))
    metadata: Any = getattr(params, "metadata", None)
    for source in (state.get("headers"), _of_call(state.get("grpc_context")), metadata):
        found = _texts(source)
        if "traceparent" in found:
            return found
    return {}


def _with_headers(options: Any, telemetry: Telemetry) -> Any:
    carrier = _carrier(telemetry)
    if not carrier or not isinstance(options, dict | None):
        return None
    # A copy: in 0.3 these are the application's own.
    given: dict[str, Any] = {**cast("dict[str, Any]", options or {})}
    headers: object = given.get("headers") or {}
    if not isinstance(headers, dict):
        return None
    named = cast("dict[str, Any]", headers)
    known = {str(name).lower() for name in named}
    given["headers"] = {**named, **{k: v for k, v in carrier.items() if k not in known}}
    return given


def _with_metadata(metadata: Any, telemetry: Telemetry) -> Any:
    carrier = _carrier(telemetry)
    if not carrier or not isinstance(metadata, list | None):
        return None
    # Before 1 there is none unless the client has extensions.
    pairs = cast("list[tuple[str, Any]]", metadata or [])
    known = {name for name, _ in pairs}
    return [*pairs, *((k, v) for k, v in carrier.items() if k not in known)]


def _carrier(telemetry: Telemetry) -> dict[str, str]:
    if not telemetry.enabled:
        return {}
    carrier: dict[str, str] = {}
    telemetry.inject(carrier, current.now())
    return {name: carrier[name] for name in _SENT if name in carrier}


def _of_call(call: Any) -> dict[Any, Any]:
    """Return the metadata of a gRPC call as a mapping."""
    read = getattr(call, "invocation_metadata", None)
    return dict(cast("Iterable[tuple[Any, Any]]", read() or ())) if callable(read) else {}


def _texts(source: Any) -> dict[str, str]:
    """Return the texts of a mapping or of a protocol buffer that is one, in lower case."""
    items = getattr(source, "items", None)
    if items is None:
        return {}
    return {
        name.lower(): value for name, value in items() if isinstance(name, str) and isinstance(value, str)
    }
