# SPDX-License-Identifier: Apache-2.0
"""The SDK's own tracer: none of its spans where ours tell of the same message, and no texts of errors in the others.

Where messages are handled the SDK has a SERVER span for each function that they pass, the first of which, knowing no
parent, would begin a trace of its own.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from opentelemetry.context import get_current
from opentelemetry.trace import INVALID_SPAN, NoOpTracer, SpanKind

from spanwright.instrumentors._families.swaps import Api, Swap
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.receiving import quiet
from spanwright.instrumentors.a2a_sdk.calls import WITHIN


def swap() -> Swap:
    """Let the SDK's module, which asks for a tracer at every call, have ours."""
    return Swap("trace", _api)


def _api(before: Any) -> Any:
    # Where the SDK's tracing is switched off, the name stands for something else.
    if getattr(before, "__name__", None) != "opentelemetry.trace":
        return before

    def tracer(*args: Any, **kwargs: Any) -> Any:
        return instead(guard(before.get_tracer, *args, **kwargs) or NoOpTracer(), GuestTracer)

    return Api(before, tracer)


class GuestTracer(NoOpTracer):
    """The SDK's tracer."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:
        """Start the span of a client's call, unless it is inside of a message that has ours."""
        if kwargs.get("kind") is not SpanKind.CLIENT or guard(_is_within):
            return nullcontext(INVALID_SPAN)
        return quiet(self._inner.start_as_current_span, args, kwargs)

    def start_span(self, *args: Any, **kwargs: Any) -> Any:
        """Start a span of the SDK's."""
        return self._inner.start_span(*args, **kwargs)


def _is_within() -> bool:
    return get_current().get(WITHIN) is not None
