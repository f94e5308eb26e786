# SPDX-License-Identifier: Apache-2.0
"""Pipelines, and what of their components has no span of its own kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import haystack_messages as messages
from spanwright.instrumentors._dialects.wire import fields, get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.reading import NOTHING
from spanwright.instrumentors.haystack.components import is_told
from spanwright.semconv.model import AgentRun, Content, Step, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message

_BREAKPOINT = "BreakpointException"


class Pipelines(Method):
    """The seam of `run(data)` and of `run_async_generator(data)`, which all other forms call."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        data = args[0] if args else kwargs.get("data")
        subject = WorkflowRun(name=_name(instance))
        return subject, _OUTPUTS, lambda: Content(input=messages.given(data))


class Parts(Method):
    """The seam of `_run_component(name, component, inputs, ...)`.

    A generator, an embedder, a retriever, a ranker or an agent has a span of its own; what an agent runs in this
    way is how it is built.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        del instance
        name, part = _bound(*args, **kwargs)
        around = current.operation()
        if is_told(get(part, "instance")) or (around is not None and isinstance(around.subject, AgentRun)):
            return None
        return Step(f"component {name}"), NOTHING, None


class _Outputs:
    """Reads what a pipeline gives; run asynchronously, it gives in part first, and all at last."""

    __slots__ = ()

    def response(self, value: Any) -> None:
        """Return nothing: a pipeline's answer has no facts."""

    def output(self, value: Any) -> Sequence[Message]:
        """Return the data."""
        return messages.made(value)

    def chunks(self, *, content: bool) -> _Last:
        """Return a keeper of the last part."""
        return _Last(content=content)


class _Last:
    """Keeps the last part when it is content to be kept."""

    __slots__ = ("_content", "_last")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._last: Any = None

    def add(self, chunk: Any) -> None:
        """Take one part."""
        if self._content:
            self._last = chunk

    def value(self) -> Any:
        """Return the last one."""
        return self._last


_OUTPUTS = _Outputs()


def settle(operation: Operation, error: BaseException) -> None:
    """End what is left at a breakpoint, which is no failure."""
    if isinstance(operation.subject, (Step, WorkflowRun)) and _stops(error):
        operation.finish()


def _stops(error: BaseException) -> bool:
    return any(each.__name__ == _BREAKPOINT for each in type(error).__mro__)


def _bound(component_name: Any = None, component: Any = None, *_: Any, **__: Any) -> tuple[str, Any]:
    """Bind what is known of `_run_component` in all versions."""
    return string(component_name) or "component", component


def _name(pipeline: object) -> str | None:
    """Return the name in a pipeline's metadata, else that of the application's own class."""
    found = string(get(fields(pipeline).get("metadata"), "name"))
    kind = type(pipeline)
    own = kind.__module__.partition(".")[0] == "haystack"
    return found or (None if own else kind.__name__)
