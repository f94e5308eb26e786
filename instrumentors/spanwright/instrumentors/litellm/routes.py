# SPDX-License-Identifier: Apache-2.0
"""What LiteLLM does around several attempts: one step of its own, which counts no tokens.

A router and a call with fallbacks ask one model after the other. Each attempt is an inference with a span and a usage;
the step holds them together and fails only when all of them do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import Step

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.call import Begun
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


def route(telemetry: Telemetry, model: Any) -> Operation | None:
    """Open the step for what is asked of a model or of a router's group of models."""
    name = string(model)
    return open_operation(telemetry, Step(f"route {name}" if name is not None else "route"))


class Routes:
    """The seam that every call of a router passes, and every fallback to another group of models again."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def begin(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begun | None:
        """Open the step."""
        del instance
        operation = route(self._telemetry, kwargs.get("model"))
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> None:
        """End the step: a stream that was chosen is the attempt's."""
        del value
        operation.finish()
