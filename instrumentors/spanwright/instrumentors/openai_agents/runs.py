# SPDX-License-Identifier: Apache-2.0
"""A run: what is known of it while it goes on, and the workflow that it is when several agents take part or it has a name."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING, Any

from opentelemetry.context import create_key, get_current, set_value

from spanwright.instrumentors._dialects import openai_agents as dialect
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import Content, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message

_RUN = create_key("spanwright-openai-agents-run")
# What the SDK calls a run that nobody has named.
_UNNAMED = "Agent workflow"


class Run:
    """What the pieces of a run, which the SDK keeps apart, have to know of each other.

    `agent` is the one whose turn it is, `tools` the descriptions of its tools by name, `error` the `error.type` of
    a run that failed without an exception, `result` the streamed result, `output` what the last model call answered.
    """

    __slots__ = (
        "agent",
        "conversation",
        "error",
        "model",
        "operation",
        "output",
        "private",
        "result",
        "tools",
    )

    def __init__(self, conversation: str | None = None) -> None:
        self.agent: Any = None
        self.conversation = conversation
        self.error: str | None = None
        self.model: str | None = None
        self.operation: Operation | None = None
        self.output: Sequence[Message] = ()
        self.private = False
        self.result: Any = None
        self.tools: dict[str, str | None] = {}

    def within(self) -> Context:
        """Return the context for what happens in this run."""
        around = self.operation.context if self.operation is not None else get_current()
        return set_value(_RUN, self, around)

    def ends(self, operation: Operation, error: BaseException | None, kind: str | None = None) -> None:
        """End an operation of this run: with an error, with a failure that is none, or left by who consumed it."""
        if isinstance(error, CancelledError) and get(self.result, "is_complete"):
            operation.abandon()
        elif error is not None:
            operation.fail(error)
        elif kind is not None:
            operation.refuse(kind)
        else:
            operation.finish()


def present() -> Run | None:
    """Return the innermost run."""
    found: Any = get_current().get(_RUN)
    return found


class Runs:
    """The seam of runs, streamed or not."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    async def run(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around `AgentRunner.run(starting_agent, input, **options)`."""
        del instance
        return await _inside(guard(self._started, *args, **kwargs), wrapped, args, kwargs)

    async def stream(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around the loop of a streamed run, which runs in a task of its own, consumed or not."""
        del instance
        return await _inside(guard(self._streamed, *args, **kwargs), wrapped, args, kwargs)

    def _streamed(
        self, starting_input: Any, streamed_result: Any, starting_agent: Any, *_: Any, **known: Any
    ) -> Run:
        run = self._started(starting_agent, starting_input, **known)
        run.result = streamed_result
        return run

    def _started(
        self,
        starting_agent: Any,
        input: Any,  # noqa: A002 - the SDK's name
        *,
        run_config: Any = None,
        conversation_id: Any = None,
        session: Any = None,
        **_: Any,
    ) -> Run:
        above = present()
        # The SDK, too, takes name and group of the outermost one alone.
        group = string(get(run_config, "group_id"))
        run = Run(group or string(conversation_id) or string(getattr(session, "session_id", None)))
        run.agent = starting_agent
        run.model = string(get(run_config, "model"))
        run.private = get(run_config, "trace_include_sensitive_data") is False
        name = string(get(run_config, "workflow_name"))
        name = None if name == _UNNAMED else name
        if above is None and (name is not None or _composed(starting_agent)):
            read = None if run.private else lambda: Content(input=dialect.history(input))
            subject = WorkflowRun(name=name, conversation_id=run.conversation)
            run.operation = open_operation(self._telemetry, subject, content=read)
        return run


async def _inside(run: Run | None, wrapped: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
    if run is None:
        return await wrapped(*args, **kwargs)
    tokens = current.enter(guard(run.within))
    try:
        value = await wrapped(*args, **kwargs)
    except BaseException as error:
        current.leave(tokens)
        guard(_ended, run, error)
        raise
    current.leave(tokens)
    guard(_ended, run, None)
    return value


def _ended(run: Run, error: BaseException | None) -> None:
    operation, run.operation = run.operation, None
    if operation is None:
        return
    if operation.capturing and error is None:
        operation.content().output = run.output
    run.ends(operation, error, run.error)


def _composed(agent: Any) -> bool:
    """Return whether other agents may take part: by handoff, or as tools (which the SDK marks since 0.8)."""
    if items(getattr(agent, "handoffs", None)):
        return True
    return any(getattr(tool, "_is_agent_tool", False) for tool in items(getattr(agent, "tools", None)))
