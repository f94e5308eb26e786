# SPDX-License-Identifier: Apache-2.0
"""How long sessions last: one metric point when a session is left."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from spanwright.instrumentors._kernel.errors import CANCELLED, error_type
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.mcp import channels
from spanwright.semconv import points
from spanwright.semconv.model import McpMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_started: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


def entered(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note when a session is entered."""
    guard(_started.__setitem__, instance, perf_counter())
    return wrapped(*args, **kwargs)


def left(telemetry: Telemetry) -> Wrapper:
    """Return a wrapper for `__aexit__` that records how long the session has lasted."""

    async def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        try:
            return await wrapped(*args, **kwargs)
        finally:
            guard(_record, telemetry, instance, *args)

    return wrapper


def _record(telemetry: Telemetry, session: Any, _: Any = None, error: Any = None, *__: Any) -> None:
    started = _started.pop(session, None)
    if started is None or not telemetry.enabled:
        return
    received = any(base.__name__ == "ServerSession" for base in type(session).__mro__)
    subject = McpMessage("", received)
    channels.describe(subject, getattr(session, "_dispatcher", session))
    kind = error_type(error) if error is not None else None
    point = points.mcp_session(subject, perf_counter() - started, kind if kind != CANCELLED else None)
    telemetry.record(*point)
