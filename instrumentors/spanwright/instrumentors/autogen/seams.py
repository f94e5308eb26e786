# SPDX-License-Identifier: Apache-2.0
"""The seams of runs and of tools, whole or streamed; the last that a stream gives is what a whole one returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import autogen_messages as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import AgentRun, Message, WorkflowRun


class Last:
    """Keeps the last chunk of a stream."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Any = None

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        self._last = chunk

    def value(self) -> Any:
        """Return it."""
        return self._last


class Results:
    """Reads the result of a run."""

    __slots__ = ()

    def response(self, value: Any) -> None:
        """Return nothing: a result has no facts."""

    def output(self, value: Any) -> list[Message]:
        """Read the answer."""
        return dialect.output(value)

    def chunks(self, *, content: bool) -> Last:
        """Return a keeper of chunks."""
        del content
        return Last()


class ToolResults(Results):
    """Reads what a tool returned, which is no message."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = Last()

    def output(self, value: Any) -> list[Message]:
        """Return nothing."""
        del value
        return []

    def chunks(self, *, content: bool) -> Last:
        """Return a keeper of chunks."""
        del content
        return self._last

    @property
    def last(self) -> Any:
        """The last that was streamed."""
        return self._last.value()


class Runs(Method):
    """The seam of the runs of agents, or of teams."""

    def __init__(self, telemetry: Telemetry, describe: Callable[[Any], AgentRun | WorkflowRun]) -> None:
        super().__init__(telemetry, self._found)
        self._describe = describe

    def _found(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del args

        def content() -> Content:
            return dialect.content(kwargs.get("task"), get(instance, "_system_messages"))

        return self._describe(instance), Results(), content


class Tools(Method):
    """The seam of a tool's execution."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._found, noted=_noted)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation with the result."""
        if operation.capturing:
            operation.content().result = dialect.result(value)
        operation.finish()

    def _found(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        given, call = _called(*args, **kwargs)
        subject = ToolRun(
            name=string(getattr(instance, "name", None)) or "tool",
            type="function",
            description=string(getattr(instance, "description", None)),
            call_id=string(call),
        )
        return subject, ToolResults(), lambda: Content(arguments=given)


def _called(args: Any, cancellation_token: Any = None, call_id: Any = None) -> tuple[Any, Any]:
    del cancellation_token
    return args, call_id


def _noted(operation: Operation) -> None:
    """Take what a streamed tool gave last, which is its result if it came to its end."""
    reader = operation.reader
    if operation.capturing and isinstance(reader, ToolResults) and reader.last is not None:
        operation.content().result = dialect.result(reader.last)
