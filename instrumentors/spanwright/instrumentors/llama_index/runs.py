# SPDX-License-Identifier: Apache-2.0
"""A run of a workflow: what its steps, which run in tasks and threads of their own, have to know of it."""

from __future__ import annotations

from asyncio import CancelledError
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from opentelemetry.context import create_key, get_current, set_value

from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.llama_index import agents

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.operation import Operation

_RUN = create_key("spanwright-llama-index-run")
_CALL = create_key("spanwright-llama-index-call")
_CANCELLED = "WorkflowCancelledByUser"


class Run:
    """One run: its own operation, and where several agents take part that of the agent whose turn it is."""

    __slots__ = ("agent", "operation", "turn", "workflow")

    def __init__(self, workflow: Any, operation: Operation) -> None:
        self.workflow = workflow
        self.operation = operation
        self.agent: Operation | None = None
        self.turn: Any = None

    def within(self) -> Context:
        """Return the context for what happens in this run: that of the agent whose turn it is."""
        operation = self.agent if self.agent is not None else self.operation
        return set_value(_RUN, self, operation.context)

    def ended(self, error: BaseException | None) -> None:
        """End the agent and the run."""
        for each in (self.agent, self.operation):
            if each is None:
                continue
            if error is None:
                each.finish()
            elif type(error).__name__ == _CANCELLED:
                # The caller has let go of it, as of a stream.
                each.abandon()
            else:
                each.fail(error)


def present(workflow: Any) -> Run | None:
    """Return the run of this workflow that goes on here."""
    found = get_current().get(_RUN)
    return found if isinstance(found, Run) and found.workflow is workflow else None


def called(context: Context, name: str | None, identity: str | None) -> Context:
    """Return the context for a tool that a model has called."""
    return set_value(_CALL, (name, identity), context) if identity is not None else context


def calling(name: str) -> str | None:
    """Return the id of the model's call of a tool, if it is that tool which is called here."""
    found = cast("tuple[str | None, str | None] | None", get_current().get(_CALL))
    return found[1] if found is not None and found[0] == name else None


def followed(run: Run, handler: Any) -> None:
    """End the run with the task or the future behind its handler."""
    task = handler if hasattr(handler, "add_done_callback") else getattr(handler, "_result_task", None)
    if task is None:
        run.ended(None)
        return
    task.add_done_callback(partial(guard, _done, run))


def _done(run: Run, future: Any) -> None:
    if future.cancelled():
        run.ended(CancelledError())
        return
    # Asking by `exception()` would take asyncio's word that nobody has asked for it.
    error = getattr(future, "_exception", None)
    if error is None and run.operation.capturing:
        guard(_take, run.operation, future.result())
    run.ended(error)


def _take(operation: Operation, value: Any) -> None:
    operation.content().output = agents.answered(value)
