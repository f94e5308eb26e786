# SPDX-License-Identifier: Apache-2.0
"""The run of a pipeline, and the functions that a model calls in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import AgentRun, Content, ToolRun, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.pipecat.turns import Turns


class Pipelines:
    """The seam of a pipeline's run, in whose context all of its processors live."""

    def __init__(self, telemetry: Telemetry, turns: Turns) -> None:
        self._telemetry = telemetry
        self._turns = turns

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the run."""
        conversation = string(getattr(instance, "_conversation_id", None))
        subject = WorkflowRun(name="pipeline", conversation_id=conversation)
        operation = open_operation(self._telemetry, subject)
        if operation is None:
            return None
        operation.noted = self._turns.leave
        return operation, args, kwargs

    def returned(self, operation: Operation, value: Any) -> None:
        """End the run, which returns nothing."""
        del value
        operation.finish()


class Functions:
    """The seam of a function's call. Its handler hands over the result by a call of its own."""

    def __init__(self, telemetry: Telemetry, turns: Turns) -> None:
        self._telemetry = telemetry
        self._turns = turns

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the tool inside the turn, also where one task runs the functions of all turns."""
        asked = args[0] if args else kwargs.get("runner_item")
        subject = ToolRun(
            name=string(getattr(asked, "function_name", None)) or "tool",
            type="function",
            call_id=string(getattr(asked, "tool_call_id", None)),
        )
        turn = self._turns.of(instance)
        operation = open_operation(
            self._telemetry,
            subject,
            content=lambda: Content(arguments=getattr(asked, "arguments", None)),
            context=turn.context if turn is not None else None,
        )
        return (operation, args, kwargs) if operation is not None else None

    def returned(self, operation: Operation, value: Any) -> None:
        """End the tool."""
        del value
        operation.finish()
        if operation.agent is not None:
            operation.agent.touch()


def results(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Take the result of a function out of the frame that tells it, if content is captured."""
    del instance
    if "result" in kwargs:
        guard(_take, kwargs)
    return wrapped(*args, **kwargs)


def _take(told: Kwargs) -> None:
    operation = current.operation()
    if operation is None or not operation.capturing or not operation.is_open:
        return
    subject = operation.subject
    if isinstance(subject, ToolRun) and subject.call_id == told.get("tool_call_id"):
        operation.content().result = told["result"]


def errors(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Fail what a service runs now with the error that it tells its pipeline of, since it raises none."""
    error = kwargs.get("exception")
    if error is not None and hasattr(instance, "run_function_calls"):
        guard(_fail, error)
    return wrapped(*args, **kwargs)


def _fail(error: BaseException) -> None:
    operation = current.operation()
    if operation is not None and isinstance(operation.subject, (AgentRun, ToolRun)):
        operation.fail(error)
