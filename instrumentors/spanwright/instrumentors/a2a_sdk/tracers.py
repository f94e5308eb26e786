# SPDX-License-Identifier: Apache-2.0
"""The SDK's own tracer: none of its spans where ours tell of the same message, and no texts of errors in the others.

Where messages are handled the SDK has a SERVER span for each function that they pass, the first of which, knowing no
parent, would begin a trace of its own.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from opentelemetry.context import get_current
from opentelemetry.trace import INVALID_SPAN, NoOpTracer, SpanKind

from spanwright.instrumentors._kernel.receiving import quiet
from spanwright.instrumentors.a2a_sdk.calls import WITHIN

if TYPE_CHECKING:
    from types import ModuleType


class StandIn:
    """Stands in the place of `opentelemetry.trace` in the SDK's module, which asks it for a tracer at every call."""

    def __init__(self) -> None:
        self._api: Any = None
        self._module: Any = None

    def place(self, module: ModuleType) -> None:
        """Take the place, unless the SDK's tracing is switched off."""
        api = getattr(module, "trace", None)
        if getattr(api, "__name__", None) == "opentelemetry.trace":
            self._module, self._api = module, api
            self._module.trace = self

    def remove(self) -> None:
        """Give the place back, if it is still ours."""
        if self._module is not None and self._module.trace is self:
            self._module.trace = self._api

    def get_tracer(self, *args: Any, **kwargs: Any) -> Any:
        """Return a tracer of ours around the one that is asked for."""
        return GuestTracer(self._api.get_tracer(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)


class GuestTracer(NoOpTracer):
    """The SDK's tracer."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:
        """Start the span of a client's call, unless it is inside of a message that has ours."""
        if kwargs.get("kind") is not SpanKind.CLIENT or get_current().get(WITHIN) is not None:
            return nullcontext(INVALID_SPAN)
        return quiet(self._inner.start_as_current_span, args, kwargs)

    def start_span(self, *args: Any, **kwargs: Any) -> Any:
        """Start a span of the SDK's."""
        return self._inner.start_span(*args, **kwargs)
