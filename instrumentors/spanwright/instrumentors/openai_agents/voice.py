# SPDX-License-Identifier: Apache-2.0
"""Voice: a pipeline that hears, runs a workflow and speaks, in tasks that go on after it has returned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_agents as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors.openai_agents.runs import Run
from spanwright.semconv.model import WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# The SDK's own name for a pipeline without one.
_UNNAMED = "Voice Agent"


class Voice:
    """The seam of `VoicePipeline.run(audio_input)`, which begins a session and returns what its sound comes from."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    async def run(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Open a workflow until the last task of the session is done."""
        run = guard(self._begun, instance)
        if run is None or run.operation is None:
            return await wrapped(*args, **kwargs)
        tokens = current.enter(guard(run.within))
        try:
            result = await wrapped(*args, **kwargs)
        except BaseException as error:
            current.leave(tokens)
            guard(run.ends, run.operation, error)
            raise
        current.leave(tokens)
        guard(_follow, run, result)
        return result

    def _begun(self, pipeline: Any) -> Run:
        config = getattr(pipeline, "config", None)
        run = Run(string(get(config, "group_id")))
        run.private = get(config, "trace_include_sensitive_data") is False
        name = string(get(config, "workflow_name")) or _UNNAMED
        run.operation = open_operation(
            self._telemetry, WorkflowRun(name=name, conversation_id=run.conversation)
        )
        return run


def _follow(run: Run, result: Any) -> None:
    task = getattr(result, "text_generation_task", None)

    def done(ended: Any) -> None:
        guard(_ended, run, result, ended)

    if task is None:
        done(None)
    else:
        task.add_done_callback(done)


def _ended(run: Run, result: Any, task: Any) -> None:
    operation = run.operation
    if operation is None:
        return
    if operation.capturing and not run.private:
        said = string(getattr(result, "total_output_text", None))
        operation.content().output = dialect.spoken(said)
    if task is not None and task.cancelled():
        # What consumes a session cancels it when it has heard enough.
        operation.abandon()
        return
    # Not `exception()`: the loop tells of an error that nobody has asked for, and is still to do so.
    run.ends(operation, getattr(task, "_exception", None))
