# SPDX-License-Identifier: Apache-2.0
"""Tools as Agno runs them: a failure is an answer to the model, and a tool may answer step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import agno as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.generated import generated
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

_FUNCTION = "function"
# The conventions' word for a tool that answers that it failed.
_TOOL_ERROR = "tool_error"


class Tools(Method):
    """The seam of `FunctionCall.execute`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_tool)

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open an operation."""
        begun = super().begin(instance, args, kwargs)
        if begun is not None:
            begun[0].noted = _noted
        return begun

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the tool, or let the generator end it that Agno will go through."""
        if get(value, "status") == "failure":
            operation.refuse(_TOOL_ERROR)
            return
        held = get(value, "result")
        if not (hasattr(type(held), "__next__") or hasattr(type(held), "__anext__")):
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
