# SPDX-License-Identifier: Apache-2.0
"""The SDK's own tracing, which is on by default since 1.2: for a call that we trace, our span stands in its place.

The SDK starts its span inside the method that we trace. There it gets ours back as a span that records nothing: under
the application's own, over those of gRPC, in the current conventions and with content as our switch says. Ours is
current already, so nothing is entered, and the consumer of a stream does not find itself inside of it. No environment
variable or provider is touched; what the SDK traces beyond these calls (files, collections, models) stays its own,
and where its tracing is switched off, so it stays.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv.model import Inference

if TYPE_CHECKING:
    from collections.abc import Callable


def stand_in(
    wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Return our span to the SDK where it would start its own."""
    del instance
    ours = guard(_ours)
    return nullcontext(ours) if ours is not None else wrapped(*args, **kwargs)


def _ours() -> Any:
    # Where a framework's layer owns the span of the call, it is the framework's operation.
    operation = current.operation()
    if operation is None or not isinstance(operation.subject, Inference):
        return None
    return operation.telemetry.shadow(operation.span)
