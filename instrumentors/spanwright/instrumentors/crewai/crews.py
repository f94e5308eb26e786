# SPDX-License-Identifier: Apache-2.0
"""Crews, which are workflows, and their tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import crewai as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors.crewai.seams import Found, Seam
from spanwright.semconv.model import Content, Step, WorkflowRun

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation


class Crews(Seam):
    """The seam of `kickoff(inputs, ...)`, which every form of it comes to."""

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        """Return the run of a crew. One that streams only makes its stream here, and comes again when that is read."""
        if getattr(instance, "stream", False) or restores(kwargs):
            return None
        inputs = args[0] if args else kwargs.get("inputs")
        subject = WorkflowRun(name=string(getattr(instance, "name", None)))
        return Found(subject, lambda: Content(input=dialect.inputs(inputs)), (instance,))

    def take(self, operation: Operation, value: Any) -> None:
        """Take the answer of the last task."""
        operation.content().output = dialect.answer(value)


class Tasks(Seam):
    """The seam of `_execute_core(agent, context, tools)`, which runs a task here or in a thread of its own."""

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        """Return the step; a task has a name where the application gave it one."""
        del args, kwargs
        name = string(getattr(instance, "name", None))
        # Without a name, versions since 1.9 may put the task's description there.
        if name is not None and name == getattr(instance, "description", None):
            name = None
        return Found(Step(f"task {name}" if name else "task"))


def restores(kwargs: Kwargs) -> bool:
    """Tell whether a run is taken up from a checkpoint: another object, made from that, runs in its place."""
    return getattr(kwargs.get("from_checkpoint"), "restore_from", None) is not None
