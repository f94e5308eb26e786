# SPDX-License-Identifier: Apache-2.0
"""The run of a pipeline, and the functions that a model calls in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.methods import Method, bound
from spanwright.instrumentors.pipecat.answers import Nothing
from spanwright.semconv.model import Content, ToolRun, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Pipelines(Method):
    """The seam of a pipeline's run, in whose context all of its processors live."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, bound(self._begun))

    def _begun(self, worker: Any, *_: Any, **__: Any) -> Found:
        conversation = string(getattr(worker, "_conversation_id", None))
        return WorkflowRun(name="pipeline", conversation_id=conversation), Nothing(), None

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the run, which returns nothing."""
        del value
        operation.finish()


class Functions(Method):
    """The seam of a function's call. Its handler hands over the result by a call of its own."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, bound(self._called))

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the tool."""
        del value
        operation.finish()

    def _called(self, service: Any, runner_item: Any, *_: Any, **__: Any) -> Found:
        del service
        subject = ToolRun(
            name=string(getattr(runner_item, "function_name", None)) or "tool",
            type="function",
            call_id=string(getattr(runner_item, "tool_call_id", None)),
        )
        read: Callable[[], Content] = lambda: Content(arguments=getattr(runner_item, "arguments", None))  # noqa: E731 - named for its type
        return subject, Nothing(), read
