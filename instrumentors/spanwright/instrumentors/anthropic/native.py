# SPDX-License-Identifier: Apache-2.0
"""The SDK's own tracing, which is on by default since 1.0: for a call that we trace, our span stands in its place.

The SDK asks one function for the span of a call. Where the call has a span of ours, it gets that one back as a span
that records nothing: all that the SDK does with its span goes on (it is current while the request is sent, and its
trace context is in the request's headers, as the client's `propagation` says), but there is one span, under the
application's own and over those of the HTTP client, in the current conventions and with content as our switch says.
No option, environment variable or provider is touched, what the SDK traces beyond model calls stays its own, and a
client whose tracing is switched off never asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._families.stainless import DialectReader
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.anthropic.calls import in_flight

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.telemetry import Telemetry


class BesideNative(DialectReader):
    """The reader of a call that both trace, because each reports to a tracer provider of its own."""

    __slots__ = ()


def reports_elsewhere(telemetry: Telemetry, options: dict[str, Any]) -> bool:
    """Tell whether a client's `open_telemetry` sends the SDK's spans to where ours do not go.

    They would be missed there, and ours are no second copy of them.
    """
    provider = options.get("tracer_provider")
    return provider is not None and not telemetry.reports_to(provider)


def stand_in(
    wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Return our span to the SDK where it would start its own."""
    del instance
    ours = guard(_ours, *args, **kwargs)
    return ours if ours is not None else wrapped(*args, **kwargs)


def _ours(tracer: Any, base_url: Any, options: Any, *_: Any, **__: Any) -> Any:
    del tracer, base_url
    operation = in_flight(options)
    if operation is None or isinstance(operation.reader, BesideNative):
        return None
    return operation.telemetry.shadow(operation.span)
