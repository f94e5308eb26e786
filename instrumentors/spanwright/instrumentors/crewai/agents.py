# SPDX-License-Identifier: Apache-2.0
"""Agents: of a crew, of a task, on their own, and those that another agent delegates to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import crewai as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.crewai.seams import Found, Seam
from spanwright.semconv.model import AgentRun, Content

if TYPE_CHECKING:
    from spanwright.instrumentors._families.hierarchies import Hierarchies
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Agents(Seam):
    """The seam of `execute_task(task, context)` and of `kickoff(messages)`."""

    def __init__(self, telemetry: Telemetry, models: Hierarchies) -> None:
        super().__init__(telemetry)
        self._models = models

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        """Return the run of an agent; the same agent with the same task again is its next attempt."""
        # A lite agent stands for the agent that made it.
        agent = getattr(instance, "original_agent", None) or instance
        model = getattr(agent, "llm", None)
        if model is not None and not isinstance(model, str):
            # One of a class that was made after the framework's own were covered.
            guard(self._models.cover, type(model))
        task, context, messages = _given(*args, **kwargs)
        subject = AgentRun(name=name(agent))
        return Found(subject, lambda: _asked(task, context, messages), (agent, _identity(task)))

    def take(self, operation: Operation, value: Any) -> None:
        """Take the answer."""
        operation.content().output = dialect.answer(value)


def name(agent: Any) -> str | None:
    """Return the agent's role as it was written: with the inputs of a run in it, it would be another in each run."""
    role = string(getattr(agent, "_original_role", None)) or string(getattr(agent, "role", None))
    return " ".join(role.split()) or None if role is not None else None


def _identity(task: Any) -> Any:
    return task if not isinstance(task, (str, list)) else None


def _given(*args: Any, task: Any = None, context: Any = None, messages: Any = None, **_: Any) -> Any:
    """Bind both: `(task, context, tools)` and `(messages, response_format, ...)`."""
    first = args[0] if args else None
    if isinstance(first, (str, list)):
        return None, None, first
    task = first if first is not None else task
    return task, args[1] if len(args) > 1 else context, messages


def _asked(task: Any, context: Any, messages: Any) -> Content:
    if task is None:
        return Content(input=dialect.messages(messages))
    return Content(input=dialect.task(getattr(task, "description", None), context))
