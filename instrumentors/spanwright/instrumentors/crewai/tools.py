# SPDX-License-Identifier: Apache-2.0
"""Tools, by whichever way the framework calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import create_key, get_value, set_value

from spanwright.instrumentors._dialects import crewai as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import within
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.crewai.seams import Found, Seam
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation

_CALL = create_key("spanwright-crewai-call")
_FUNCTION = "function"
# The conventions' word for a tool that answers that it failed.
_TOOL_ERROR = "tool_error"


class Tools(Seam):
    """The seam of `BaseTool.run(**arguments)`."""

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        """Return the run of the tool."""
        arguments: Any = kwargs if not args else {"args": list(args), **kwargs}
        return found(instance, arguments)

    def take(self, operation: Operation, value: Any) -> None:
        """Take what the tool returned."""
        operation.content().result = dialect.result(value)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation; a tool of newer versions may answer that it failed."""
        if operation.capturing:
            guard(self.take, operation, value)
        if type(value).__name__ == "ToolFailure":
            operation.refuse(_TOOL_ERROR)
        else:
            operation.finish()


class Structured(Tools):
    """The seam of `CrewStructuredTool.invoke(input)`."""

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        """Return the run of the tool."""
        return found(instance, args[0] if args else kwargs.get("input"))


class Functions(Tools):
    """The seam of `_handle_tool_execution(function_name, function_args, available_functions)`."""

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        """Return the run of the function, unless there is none of this name."""
        del instance
        return self._read(*args, **kwargs)

    def _read(
        self,
        function_name: Any = None,
        function_args: Any = None,
        available_functions: Any = None,
        *_: Any,
        **__: Any,
    ) -> Found | None:
        name = string(function_name)
        if name is None or not isinstance(available_functions, dict) or name not in available_functions:
            return None
        return _found(name, None, function_args)


def found(tool: Any, arguments: Any) -> Found | None:
    """Return the run of a tool, with the name and the id that the model called it by."""
    name = string(getattr(tool, "name", None)) or "tool"
    described = dialect.description(getattr(tool, "description", None))
    held: Any = get_value(_CALL)
    around = current.operation()
    if held is not None and held[0] is around:
        return _found(held[1] or name, held[2], arguments, described)
    return _found(name, None, arguments, described)


def _found(name: str, call: str | None, arguments: Any, described: str | None = None) -> Found | None:
    around = current.operation()
    if around is not None and isinstance(around.subject, ToolRun) and around.subject.name == name:
        # One call in several layers of the framework: a tool behind a function, or behind its structured form.
        return None
    subject = ToolRun(name=name, type=_FUNCTION, description=described, call_id=call)
    return Found(subject, lambda: Content(arguments=dialect.arguments(arguments)))


def called(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Run what executes a call of the model, with name and id of the call at hand for the tool that is run inside."""
    del instance
    return within(guard(_noted, *args, **kwargs), wrapped, args, kwargs)


def _noted(tool_call: Any = None, *_: Any, **__: Any) -> Context | None:
    name, call = dialect.call(tool_call)
    return None if call is None else set_value(_CALL, (current.operation(), name, call))
