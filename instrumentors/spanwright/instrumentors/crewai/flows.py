# SPDX-License-Identifier: Apache-2.0
"""Flows, which are workflows, and their methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import crewai as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors.crewai.crews import restores
from spanwright.instrumentors.crewai.seams import Found, Seam
from spanwright.semconv.model import Content, Step, WorkflowRun

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation


class Flows(Seam):
    """The seam of `kickoff_async(inputs, ...)`, which every form of it comes to, and of `resume_async`."""

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        """Return the run of a flow of the application."""
        if is_inner(instance) or getattr(instance, "stream", False) or restores(kwargs):
            return None
        inputs = args[0] if args else kwargs.get("inputs")
        subject = WorkflowRun(
            name=string(getattr(instance, "name", None)) or type(instance).__name__,
            # Only a flow that is taken up again has an id that means something to its caller.
            conversation_id=string(get(inputs, "id")) if isinstance(inputs, dict) else None,
        )
        return Found(subject, lambda: Content(input=dialect.inputs(inputs)), (instance,))

    def take(self, operation: Operation, value: Any) -> None:
        """Take what the last method returned."""
        operation.content().output = dialect.answer(value)


class Steps(Seam):
    """The seam of `_execute_method(method_name, method, ...)`."""

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        """Return the step of a method."""
        name = string(args[0] if args else kwargs.get("method_name"))
        return None if name is None or is_inner(instance) else Found(Step(str.__str__(name)))


def is_inner(flow: Any) -> bool:
    """Tell the flows of which the framework itself is built: its agents' loop, its memory."""
    module: str = type(flow).__module__
    return module.startswith("crewai.") and not module.startswith("crewai.flow")
