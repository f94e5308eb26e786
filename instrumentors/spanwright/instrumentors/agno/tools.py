# SPDX-License-Identifier: Apache-2.0
"""Tools as Agno runs them: a failure is an answer to the model, and a tool may answer step by step."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import agno as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.errors import CANCELLED
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.kinds import is_stream
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

# Raised by a tool to stop the run, or to have its model try again.
_STEERING = "AgentRunException"
_CANCELLING = "RunCancelledException"
_FUNCTION = "function"
# The conventions' word for a tool that answers that it failed.
_TOOL_ERROR = "tool_error"


class Tools(Method):
    """The seam of `FunctionCall.execute`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_tool, noted=_noted)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the tool, or let the generator end it that Agno will go through."""
        if get(value, "status") == "failure":
            operation.refuse(_TOOL_ERROR)
            return
        held: object = get(value, "result")
        if not is_stream(held):
            if operation.capturing:
                operation.content().result = dialect.result(held)
            operation.finish()
            return
        steps = operation.reader
        call = steps.call if isinstance(steps, _Pieces) else None
        value.result = seen = generated(held, operation)
        # Agno goes through the one or the other.
        if call is not None and call.result is held:
            call.result = seen

    def _find_tool(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del args, kwargs
        function = get(instance, "function")
        subject = ToolRun(
            name=string(get(function, "name")) or "tool",
            type=_FUNCTION,
            description=string(get(function, "description")),
            call_id=string(get(instance, "call_id")),
        )
        return subject, _Pieces(instance), lambda: Content(arguments=get(instance, "arguments"))


def steered(wrapper: Wrapper) -> Wrapper:
    """Return `wrapper` with what a tool raises to steer the run told from what fails it."""

    def around(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        def at_once(*args: Any, **kwargs: Any) -> Any:
            try:
                return wrapped(*args, **kwargs)
            except Exception as error:
                guard(_steer, instance, error)
                raise

        async def later(*args: Any, **kwargs: Any) -> Any:
            try:
                return await wrapped(*args, **kwargs)
            except Exception as error:
                guard(_steer, instance, error)
                raise

        return wrapper(later if iscoroutinefunction(wrapped) else at_once, instance, args, kwargs)

    return around


def _steer(call: Any, error: Exception) -> None:
    """End the tool's operation before its error does, if the error is none."""
    operation = current.operation()
    if operation is None or not isinstance(operation.reader, _Pieces) or operation.reader.call is not call:
        return
    raised = {base.__name__ for base in type(error).__mro__}
    if _CANCELLING in raised:
        operation.refuse(CANCELLED)
    elif _STEERING in raised:
        operation.finish()


class _Pieces:
    """Keeps what a tool answers step by step."""

    __slots__ = ("_kept", "call", "pieces")

    def __init__(self, call: Any) -> None:
        self.call = call
        self.pieces: list[Any] = []
        self._kept = False

    def response(self, value: Any) -> Response | None:
        """Read nothing: a tool's answer has no facts."""
        del value

    def output(self, value: Any) -> Sequence[Message]:
        """Read nothing: a tool answers no messages."""
        del value
        return ()

    def chunks(self, *, content: bool) -> _Pieces:
        """Return itself."""
        self._kept = content
        return self

    def add(self, chunk: Any) -> None:
        """Take one step."""
        if self._kept:
            self.pieces.append(chunk)

    def value(self) -> Any:
        """Return nothing: see `_noted`."""
        return None


def _noted(operation: Operation) -> None:
    """Take what the steps came to."""
    reader = operation.reader
    if operation.capturing and isinstance(reader, _Pieces) and reader.pieces:
        told = [text for each in reader.pieces if (text := dialect.piece(each)) is not None]
        operation.content().result = "".join(told)
