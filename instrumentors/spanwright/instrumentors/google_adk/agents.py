# SPDX-License-Identifier: Apache-2.0
"""Agents: one that thinks is an agent, one that only orders the turns of others is a workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import google_adk as dialect
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import AgentRun, Content, Request, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message

_WORKFLOWS = frozenset({"SequentialAgent", "ParallelAgent", "LoopAgent"})


class Agents:
    """The seam of `BaseAgent.run_async` and `run_live`, which are asynchronous generators."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open an operation."""
        operation = self._opened(instance, *args, **kwargs)
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> Any:
        """Do nothing: a generator ends its operation itself."""

    def _opened(self, agent: Any, parent_context: Any) -> Operation | None:
        around = current.operation()
        # An agent that is a tool has a session of its own, of which the application knows nothing.
        held = around.conversation if around is not None else None
        conversation = held or string(get(get(parent_context, "session"), "id"))
        name = string(get(agent, "name"))
        if is_workflow(agent):
            subject = WorkflowRun(name=name, conversation_id=conversation)
        else:
            model = get(agent, "model")
            subject = AgentRun(
                name=name,
                description=string(get(agent, "description")),
                conversation_id=conversation,
                request=Request(string(model) or string(get(model, "model"))),
            )

        def content() -> Content:
            return Content(input=dialect.said(get(parent_context, "user_content"), "user"))

        return open_operation(self._telemetry, subject, Events(), content=content)


class Events:
    """Reads what an agent has said last among its events, if content is asked for."""

    __slots__ = ()

    def response(self, value: Any) -> None:
        """Return nothing: the facts are the model's."""

    def output(self, value: Any) -> Sequence[Message]:
        """Return what was said last."""
        return dialect.said(value, "assistant")

    def chunks(self, *, content: bool) -> Last:
        """Return a keeper of events."""
        return Last(content=content)


class Last:
    """Keeps the content of the last whole event."""

    __slots__ = ("_content", "_last")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._last: Any = None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        if self._content and not get(chunk, "partial") and (held := get(chunk, "content")) is not None:
            self._last = held

    def value(self) -> Any:
        """Return the content."""
        return self._last


def is_workflow(agent: Any) -> bool:
    """Tell whether an agent only orders the turns of others."""
    return any(kind.__name__ in _WORKFLOWS for kind in type(agent).__mro__)


def is_composed(agent: Any) -> bool:
    """Tell whether other agents may take part: by transfer, or as tools."""
    if items(get(agent, "sub_agents")):
        return True
    return any(type(each).__name__ == "AgentTool" for each in items(get(agent, "tools")))
