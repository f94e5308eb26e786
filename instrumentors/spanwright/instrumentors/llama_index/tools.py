# SPDX-License-Identifier: Apache-2.0
"""Tools: called by an agent or by the application, directly or through the adapters that wrap one in another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import llama_index_messages as messages
from spanwright.instrumentors._dialects.wire import fields, get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.reading import NOTHING
from spanwright.instrumentors.llama_index.runs import calling
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_FUNCTION = "function"
# The conventions' word for a tool that answers that it failed.
_TOOL_ERROR = "tool_error"
# A structured answer is asked for as the call of a tool, which makes the object of its arguments.
_PROGRAM = "llama_index.core.program.function_program"


class Tools(Method):
    """The seam of `__call__`, `call` and `acall`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def returned(self, operation: Operation, value: Any) -> None:
        """End with what the tool returned."""
        if get(value, "is_error") is True:
            operation.refuse(_TOOL_ERROR)
            return
        if operation.capturing:
            operation.content().result = messages.result(value)
        operation.finish()

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        if getattr(fields(instance).get("_fn"), "__module__", None) == _PROGRAM:
            return None
        told = _metadata(instance)
        name = string(fields(told).get("name")) or "tool"
        around = current.operation()
        if around is not None and isinstance(around.subject, ToolRun) and around.subject.name == name:
            # `__call__` calls `call`, an adapter the tool that it wraps.
            return None
        subject = ToolRun(
            name=name,
            type=_FUNCTION,
            description=string(fields(told).get("description")),
            call_id=calling(name),
        )
        return subject, NOTHING, lambda: Content(arguments=_arguments(instance, args, kwargs))


def _metadata(instance: Any) -> Any:
    """Return what a tool says of itself: a property, which an application's class may let fail."""
    try:
        return instance.metadata
    except Exception:
        return None


def _arguments(instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Return what a tool is called with, without the context that a workflow hands over."""
    hidden = fields(instance).get("ctx_param_name")
    named = {name: value for name, value in kwargs.items() if name != hidden}
    if not args:
        return named
    return list(args) if not named else {"args": list(args), **named}
