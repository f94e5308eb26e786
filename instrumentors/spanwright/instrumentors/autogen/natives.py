# SPDX-License-Identifier: Apache-2.0
"""AutoGen's own tracing: what it tells of agents and tools that have no span of ours becomes our operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import autogen_messages as dialect
from spanwright.instrumentors._dialects import convention_spans
from spanwright.instrumentors._dialects.wire import get
from spanwright.instrumentors._families.swaps import Api, Swap
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.native import NativeTracer
from spanwright.instrumentors.autogen.agents import request
from spanwright.instrumentors.autogen.seams import Results
from spanwright.semconv.model import AgentRun, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Subject


def swap(telemetry: Telemetry) -> Swap:
    """Let AutoGen's module ask our tracer, whoever has imported its functions."""
    tracer = NativeTracer(telemetry, subject, lambda _: None)
    return Swap("trace", lambda before: Api(before, lambda *_, **__: tracer))


def subject(told: Told) -> Subject | None:
    """Return what a span is about; None for what has our span already, and for an agent that is only made."""
    found = convention_spans.subject(told.attributes)
    if isinstance(found, AgentRun):
        # It names an object of this process.
        found.id = None
    elif not isinstance(found, ToolRun):
        return None
    around = current.operation()
    if (
        around is not None
        and isinstance(around.reader, Results)
        and isinstance(around.subject, (AgentRun, ToolRun))
        and type(around.subject) is type(found)
        and around.subject.name == found.name
    ):
        return None
    return found


def noted(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note what an agent of a team was asked and says, which its span does not tell."""
    guard(_note, instance, *args, **kwargs)
    return wrapped(*args, **kwargs)


def _note(container: Any, message: Any) -> None:
    around = current.operation()
    if around is None or not isinstance(around.subject, AgentRun) or isinstance(around.reader, Results):
        return
    agent = get(container, "_agent")
    if around.subject.request.model is None:
        around.subject.request = request(agent)
        around.changed = True
    if not around.capturing:
        return
    held = around.content()
    if not held.input:
        asked = dialect.content(get(container, "_message_buffer"), get(agent, "_system_messages"))
        held.input, held.system = asked.input, asked.system
    if (answer := dialect.answered(message)) is not None:
        held.output = [answer]
