# SPDX-License-Identifier: Apache-2.0
"""What the SDK's spans do not say of tools: descriptions, the ids of calls, and the tools of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors.openai_agents.agents import describe
from spanwright.instrumentors.openai_agents.runs import present
from spanwright.semconv.model import AgentRun, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


async def noted_tools(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note whose turn it is and what its tools are; the SDK asks for them at the start of every turn."""
    tools = await wrapped(*args, **kwargs)
    guard(_note_tools, instance, tools)
    return tools


def _note_tools(agent: Any, tools: Any) -> None:
    run = present()
    if run is None:
        return
    run.agent = agent
    run.tools = {
        name: string(get(tool, "description"))
        for tool in items(tools)
        if (name := string(get(tool, "name"))) is not None
    }
    around = current.operation()
    invoked = around.agent if around is not None else None
    if (
        invoked is not None
        and isinstance(invoked.subject, AgentRun)
        and invoked.subject.name == get(agent, "name")
    ):
        invoked.changed |= describe(invoked.subject, run)


def noted_call(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note the id of a tool's call, for which the SDK makes a context inside of the tool's span."""
    del instance
    context = wrapped(*args, **kwargs)
    guard(_note_call, context)
    return context


def _note_call(context: Any) -> None:
    around = current.operation()
    if around is not None and isinstance(around.subject, ToolRun) and around.subject.call_id is None:
        around.subject.call_id = string(get(context, "tool_call_id"))
        around.changed = True


class HostTools:
    """The seam of tools of the host in a run whose tracing is off: then the SDK opens no span for them."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open an operation if the SDK will open no span."""
        del instance
        if not get(kwargs.get("config"), "tracing_disabled"):
            return None
        subject = ToolRun(name=string(kwargs.get("tool_name")) or "tool", type="function")
        operation = open_operation(self._telemetry, subject)
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation."""
        del value
        operation.finish()
