# SPDX-License-Identifier: Apache-2.0
"""Orchestrations and group chats: workflows of agents. An orchestration goes on when its call has returned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from weakref import finalize

from spanwright.instrumentors._dialects import semantic_kernel_contents as dialect
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors.semantic_kernel.agents import Answers
from spanwright.semconv.model import Content, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# What the library calls an orchestration that nobody has named: the name of its class and a random number.
_UNNAMED = re.compile(r"\w+_[0-9a-f]{32}")


class Orchestrations:
    """The seam of orchestrations."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._prepared: dict[int, Operation] = {}
        # By the identity of the result, which cannot be hashed.
        self._open: dict[int, Operation] = {}

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the workflow."""
        name = string(get(instance, "name"))
        subject = WorkflowRun(name=None if name is None or _UNNAMED.fullmatch(name) else name)

        def content() -> Content:
            return Content(input=dialect.messages(_task(*args, **kwargs)))

        operation = open_operation(self._telemetry, subject, content=content)
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> Any:
        """Leave the end to the callbacks, if there are any."""
        if self._prepared.pop(id(operation), None) is None:
            operation.finish()
        elif operation.is_open:
            self._open[id(value)] = operation
            finalize(value, self._open.pop, id(value), None).atexit = False

    def prepare(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Hear of the end by the callbacks that the library hands on."""
        del instance
        operation = current.operation()
        if operation is None or not isinstance(operation.subject, WorkflowRun):
            return wrapped(*args, **kwargs)
        return wrapped(*args, **{**kwargs, **(guard(self._heard, operation, **kwargs) or {})})

    def cancel(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """End a workflow that its caller gives up, after which no callback is called."""
        value = wrapped(*args, **kwargs)
        operation = self._open.pop(id(instance), None)
        if operation is not None:
            guard(operation.abandon)
        return value

    def _heard(
        self, operation: Operation, *, result_callback: Any, exception_callback: Any, **_: Any
    ) -> dict[str, Any]:
        self._prepared[id(operation)] = operation

        async def on_result(result: Any) -> Any:
            try:
                value = await result_callback(result)
            except BaseException as error:
                guard(operation.fail, error)
                raise
            guard(_finish, operation, result)
            return value

        def on_exception(exception: BaseException) -> Any:
            guard(operation.fail, exception)
            return exception_callback(exception)

        return {"result_callback": on_result, "exception_callback": on_exception}


def _task(task: Any = None, *_: Any, **__: Any) -> Any:
    return task


def _finish(operation: Operation, result: Any) -> None:
    if operation.capturing:
        operation.content().output = [
            found for each in (items(result) or [result]) for found in dialect.answer(each)
        ][-1:]
    operation.finish()


class GroupChats(Method):
    """The seam of group chats of the older kind."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._found)

    def _found(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        # With an agent it is a single turn of that one.
        if args or kwargs.get("agent") is not None:
            return None
        history = get(get(instance, "history"), "messages")
        return WorkflowRun(), Answers(), lambda: Content(input=dialect.messages(history))
