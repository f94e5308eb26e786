# SPDX-License-Identifier: Apache-2.0
"""Tools, called by an agent, a tool invoker or the application."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from opentelemetry.context import create_key, get_current, set_value

from spanwright.instrumentors._dialects import haystack_messages as messages
from spanwright.instrumentors._dialects.wire import fields, get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import awithin, within
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors.haystack.models import REPLIES
from spanwright.semconv.model import Content, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CALL = create_key("spanwright-haystack-call")
_FUNCTION = "function"
_FAILED = "ToolInvocationError"


class Tools(Method):
    """The seam of `Tool.invoke` and `Tool.invoke_async`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def returned(self, operation: Operation, value: Any) -> None:
        """Take what the tool returned."""
        if operation.capturing:
            operation.content().result = messages.result(value)
        operation.finish()

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        del args
        held = fields(instance)
        name = string(held.get("name")) or "tool"
        around = current.operation()
        if around is not None and isinstance(around.subject, ToolRun) and around.subject.name == name:
            # A tool without an asynchronous function is invoked synchronously in a thread.
            return None
        subject = ToolRun(
            name=name,
            type=_FUNCTION,
            description=string(held.get("description")),
            call_id=_calling(name),
        )
        return subject, REPLIES, lambda: Content(arguments=_arguments(kwargs))


def called(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Stand around what binds a tool to the model's call, and to the context in which it will be invoked."""
    del instance
    context = guard(_bound, *args, **kwargs)
    if context is None:
        return wrapped(*args, **kwargs)
    runner = within(context, wrapped, args, kwargs)
    code = getattr(runner, "__code__", None)
    return instead(runner, _later, context) if code is not None and code.co_flags & 0x80 else runner


def unwrap(operation: Operation, error: BaseException) -> None:
    """Fail with what the tool raised, which Haystack wraps in an error of its own."""
    cause = error.__cause__
    if isinstance(operation.subject, ToolRun) and cause is not None and type(error).__name__ == _FAILED:
        operation.fail(cause)


def _later(runner: Callable[[], Any], context: Context) -> Callable[[], Any]:
    """Return the coroutine function, made to run in the context; a task is made of it only later."""

    @wraps(runner)
    async def run() -> Any:
        return await awithin(context, runner, (), {})

    return run


def _bound(*args: Any, tool_call: Any = None, **_: Any) -> Context | None:
    found = (
        tool_call if tool_call is not None else next((each for each in args if get(each, "tool_name")), None)
    )
    name, identity = string(get(found, "tool_name")), string(get(found, "id"))
    return set_value(_CALL, (name, identity), get_current()) if identity is not None else None


def _calling(name: str) -> str | None:
    found = cast("tuple[str | None, str] | None", get_current().get(_CALL))
    return found[1] if found is not None and found[0] == name else None


def _arguments(given: Kwargs) -> dict[str, Any]:
    """Return what a tool is called with, without what an agent adds for itself."""
    hidden = ("State", "function")
    return {name: value for name, value in given.items() if type(value).__name__ not in hidden}
