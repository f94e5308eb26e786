# SPDX-License-Identifier: Apache-2.0
"""Tools, managed agents and the code that agents write, in whichever thread they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach, create_key, get_value, set_value

from spanwright.instrumentors._dialects import smolagents as dialect
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import within
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.streams import pulled
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CALLS = create_key("spanwright-smolagents-calls")
_CALL = create_key("spanwright-smolagents-call")
_FUNCTION = "function"
# What the framework itself calls the execution of code.
_INTERPRETER = "python_interpreter"
_SANITIZE = "sanitize_inputs_outputs"


class Tools:
    """The seam of `Tool.__call__(**arguments)`."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the operation, unless it is open: a class may call that of its parent."""
        subject = self.subject(instance)
        if subject is None or _is_open(subject.name):
            return None
        operation = open_operation(
            self._telemetry, subject, content=lambda: Content(arguments=self.arguments(args, kwargs))
        )
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation."""
        if operation.capturing:
            guard(self.take, operation, value)
        operation.finish()

    def subject(self, instance: Any) -> ToolRun | None:
        """Return what is run; the tool by which an agent says its final answer does nothing, and is none."""
        kind: Any = instance.__class__
        if kind.__name__ == "FinalAnswerTool" and kind.__module__.startswith("smolagents."):
            return None
        return _run(instance)

    def arguments(self, args: Args, kwargs: Kwargs) -> Any:
        """Return what the tool is called with."""
        return dialect.arguments(args, {key: value for key, value in kwargs.items() if key != _SANITIZE})

    def take(self, operation: Operation, value: Any) -> None:
        """Take what the tool returned."""
        operation.content().result = dialect.result(value)


class Managed(Tools):
    """The seam of `MultiStepAgent.__call__(task)`: an agent that another one calls is a tool to that one."""

    def subject(self, instance: Any) -> ToolRun | None:
        """Return what is run, nothing where the application itself calls the agent."""
        around = current.operation()
        return None if around is None or around.agent is None else _run(instance)


class Code(Tools):
    """The seam of `PythonExecutor.__call__(code_action)`."""

    def subject(self, instance: Any) -> ToolRun:
        """Return the execution."""
        del instance
        return ToolRun(name=_INTERPRETER, type=_FUNCTION)

    def arguments(self, args: Args, kwargs: Kwargs) -> Any:
        """Return the code."""
        return {"code": args[0] if args else kwargs.get("code_action")}

    def take(self, operation: Operation, value: Any) -> None:
        """Take what was printed, and what the last line was worth."""
        operation.content().result = dialect.executed(value)


def _run(instance: Any) -> ToolRun:
    name = string(getattr(instance, "name", None)) or "tool"
    held: Any = get_value(_CALL)
    call = held[1] if held is not None and held[0] is current.operation() else None
    return ToolRun(
        name=name, description=string(getattr(instance, "description", None)), type=_FUNCTION, call_id=call
    )


def _is_open(name: str) -> bool:
    around = current.operation()
    return around is not None and isinstance(around.subject, ToolRun) and around.subject.name == name


# --- the ids of calls, which the framework keeps to itself -------------------------------------------------------


def asked(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Have at hand what the model has asked for while the framework runs it."""
    del instance
    value = wrapped(*args, **kwargs)
    calls = guard(_calls, *args, **kwargs)
    if not calls:
        return value
    return instead(
        value, pulled, lambda: current.enter(set_value(_CALLS, calls, current.now())), current.leave
    )


def called(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Run one call, with its id at hand for the tool that is run inside."""
    del instance
    return within(guard(_noted, *args, **kwargs), wrapped, args, kwargs)


def _calls(chat_message: Any = None, *_: Any, **__: Any) -> list[tuple[Any, Any, Any]]:
    found = items(get(chat_message, "tool_calls"))
    return [
        (get(get(each, "function"), "name"), get(get(each, "function"), "arguments"), get(each, "id"))
        for each in found
    ]


def _noted(tool_name: Any = None, arguments: Any = None, *_: Any, **__: Any) -> Context | None:
    calls: Any = get_value(_CALLS) or ()
    named = [call for call in calls if call[0] == tool_name]
    # The framework hands on the very object; only for a call without arguments does it make one.
    same = (
        [call for call in named if call[1] is arguments] or [call for call in named if not call[1]] or named
    )
    if not same:
        return None
    return set_value(_CALL, (current.operation(), string(same[0][2])))


def pool(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Make one of the framework's own pools, whose threads begin in the context of whoever makes it."""
    del instance
    if "initializer" not in kwargs and len(args) <= 1:
        kwargs = {**kwargs, "initializer": entered, "initargs": (current.now(),)}
    return wrapped(*args, **kwargs)


def entered(context: Context) -> None:
    """Attach for the life of the thread; a pool whose initializer fails would refuse to work."""
    guard(attach, context)
