# SPDX-License-Identifier: Apache-2.0
"""The SDK's own spans, followed from start to finish: what each means becomes an operation, current where theirs is.

The SDK opens them whether its tracing is on or off; an off one only records nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from spanwright.instrumentors._dialects import openai_agents as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors.openai_agents.agents import invocation
from spanwright.instrumentors.openai_agents.runs import Run, present
from spanwright.semconv.model import Step, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.current import Tokens
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Subject

_FUNCTION = "function"
# The conventions' word for a tool that answers that it failed.
_TOOL_ERROR = "tool_error"
# A streamed run puts these into its queue for the consumer; only a note on the span says so in the run itself.
_NOTED = {
    "Max turns exceeded": "agents.exceptions.MaxTurnsExceeded",
    "Guardrail tripwire triggered": "agents.exceptions.InputGuardrailTripwireTriggered",
}


class _Open:
    """A span that has started: its operation, and which exception was being handled already."""

    __slots__ = ("failure", "handled", "kind", "operation", "run", "tokens")

    def __init__(self, operation: Operation, run: Run | None) -> None:
        self.operation = operation
        self.run = run
        self.tokens: Tokens | None = None
        self.handled = sys.exc_info()[1]
        self.failure: BaseException | None = None
        self.kind: str | None = None


class Spans:
    """The seam of the SDK's spans."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._open: WeakKeyDictionary[Any, _Open] = WeakKeyDictionary()

    def start(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Open the operation."""
        value = wrapped(*args, **kwargs)
        guard(self._started, instance, *args, **kwargs)
        return value

    def finish(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """End the operation: the SDK calls this in a `finally`, where the exception in flight is known."""
        guard(self._finished, instance, sys.exc_info()[1])
        return wrapped(*args, **kwargs)

    def set_error(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Note a failure; the SDK handles that of a tool, and tells the model of it."""
        guard(self._failed, instance, sys.exc_info()[1], *args, **kwargs)
        return wrapped(*args, **kwargs)

    def _started(self, span: Any, mark_as_current: Any = False) -> None:  # noqa: FBT002 - the SDK's signature
        data = getattr(span, "span_data", None)
        find = _SUBJECTS.get(getattr(data, "type", ""))
        if find is None or span in self._open:
            return
        run = present()
        operation = open_operation(self._telemetry, find(data, run))
        if operation is not None:
            self._open[span] = held = _Open(operation, run)
            # Last of all: nothing may fail between what is current and who is to leave it.
            held.tokens = current.enter(operation.context) if mark_as_current else None

    def _failed(
        self, span: Any, failure: BaseException | None, error: Any = None, *_: Any, **__: Any
    ) -> None:
        held = self._open.get(span)
        if held is None:
            return
        if isinstance(held.operation.subject, ToolRun):
            held.kind = _TOOL_ERROR
            held.failure = failure if failure is not held.handled else None
        elif (kind := _NOTED.get(string(get(error, "message")) or "")) is not None:
            held.kind = kind

    def _finished(self, span: Any, error: BaseException | None) -> None:
        held = self._open.pop(span, None)
        if held is None:
            return
        current.leave(held.tokens)
        operation, run = held.operation, held.run
        error = error if error is not held.handled else held.failure
        guard(_take, operation, span.span_data, failed=error is not None or held.kind is not None)
        if run is None:
            run = Run()
        elif isinstance(operation.subject, Step):
            guard(_hear, run, span.span_data)
        if held.kind is not None and not isinstance(operation.subject, ToolRun):
            run.error = held.kind
        run.ends(operation, error, held.kind)


def _tool(data: Any, run: Run | None) -> Subject:
    name = string(getattr(data, "name", None)) or "tool"
    known = run.tools if run is not None else {}
    return ToolRun(name=name, type=_FUNCTION, description=known.get(name))


def _guardrail(data: Any, run: Run | None) -> Subject:
    del run
    return Step(f"guardrail {string(getattr(data, 'name', None)) or ''}".strip())


def _handoff(data: Any, run: Run | None) -> Subject:
    del run
    return Step(
        "handoff", attributes={"openai_agents.handoff.from": string(getattr(data, "from_agent", None))}
    )


def _sound(data: Any, run: Run | None) -> Subject:
    del run
    model = string(getattr(data, "model", None))
    return Step(data.type, attributes={"openai_agents.model": model} if model is not None else None)


_SUBJECTS: dict[str, Callable[[Any, Run | None], Subject]] = {
    "agent": invocation,
    "function": _tool,
    "guardrail": _guardrail,
    "handoff": _handoff,
    # A model of the application's own may hear or speak; the client of another has its own span inside.
    "speech": _sound,
    "transcription": _sound,
}


def _hear(run: Run, data: Any) -> None:
    """Tell a session what was said to it."""
    session = run.operation
    if data.type == "transcription" and session is not None and session.capturing and not run.private:
        content = session.content()
        content.input = [*content.input, *dialect.heard(getattr(data, "output", None))]


def _take(operation: Operation, data: Any, *, failed: bool) -> None:
    """Take what the SDK has written down meanwhile."""
    subject = operation.subject
    if isinstance(subject, ToolRun) and operation.capturing:
        # Absent when the application has told the SDK to keep sensitive data out of traces.
        operation.content().arguments = dialect.arguments(getattr(data, "input", None))
        if not failed:
            operation.content().result = dialect.result(getattr(data, "output", None))
    elif isinstance(subject, Step):
        found = {
            "openai_agents.guardrail.triggered": getattr(data, "triggered", None),
            "openai_agents.handoff.to": string(getattr(data, "to_agent", None)),
        }
        known = {key: value for key, value in found.items() if value is not None}
        subject.attributes = {**(subject.attributes or {}), **known}
        operation.changed = True
