# SPDX-License-Identifier: Apache-2.0
"""ADK's own tracing, which is always on: its tracer makes our operations of what our seams do not see.

That is tools, graphs and their nodes. What it writes about the rest on whatever span is current is not asked for any
more (with it went prompts and answers, unless a variable of its own said otherwise), nor are its events and the metrics
that ours are.
"""

from __future__ import annotations

from contextlib import nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import google_adk as dialect
from spanwright.instrumentors._dialects.wire import get, items, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.native import NativeTracer
from spanwright.instrumentors._kernel.patching import Patch
from spanwright.instrumentors._kernel.standin import StandIn
from spanwright.instrumentors._kernel.unseen import unseen
from spanwright.semconv.model import Content, ToolRun, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Subject

_TRACING = "google.adk.telemetry.tracing"
_METRICS = "google.adk.telemetry._metrics"
_FLOWS = "google.adk.flows.llm_flows"
# Where each function is looked up, over the versions; those that were imported before us hold it by name.
_WRITERS = {
    "trace_call_llm": (f"{_FLOWS}.base_llm_flow", f"{_FLOWS}.core._model_call"),
    "trace_merged_tool_calls": (
        f"{_FLOWS}.functions",
        f"{_FLOWS}._batch_tool_executor",
        f"{_FLOWS}.tools._batch_executor",
    ),
    "trace_send_data": (
        f"{_FLOWS}.base_llm_flow",
        f"{_FLOWS}._live_llm_flow",
        "google.adk.live._live_llm_flow",
    ),
}
_POINTS = (
    "record_agent_invocation_duration",
    "record_workflow_invocation_duration",
    "record_invoke_agent_inference_calls",
    "record_invoke_agent_tool_calls",
    "record_tool_execution_duration",
    "record_client_operation_duration",
    "record_client_token_usage",
)
_EVENTS = "gen_ai."

_of_agent: ContextVar[bool] = ContextVar("spanwright.google_adk.of_agent", default=False)


def patches(telemetry: Telemetry) -> Iterable[Patch]:
    """Yield what is to be patched."""
    tracer = NativeTracer(telemetry, _read, _content)
    lost, started = "tools have no spans", _answered(tracer.start_span, unseen)
    yield Patch(_TRACING, "tracer.start_span", started, lost=lost, replaces=True)
    current_span = _answered(tracer.start_as_current_span, lambda context: nullcontext(unseen(context)))
    yield Patch(_TRACING, "tracer.start_as_current_span", current_span, lost=lost, replaces=True)
    for module in (_TRACING, f"{_FLOWS}.functions"):
        yield Patch(module, "trace_tool_call", _tell_tool, optional=module != _TRACING, replaces=True)
    for name, modules in _WRITERS.items():
        for module in (_TRACING, *modules):
            yield Patch(module, name, _silent, optional=module != _TRACING, replaces=True)
    # Since 2.4; without it, a run of one agent has a workflow around it.
    yield Patch("google.adk.telemetry._instrumentation", "record_invocation", _entered, optional=True)
    # Since 1.2x: messages as events of an older form.
    yield Patch(_TRACING, "otel_logger.emit", _without_messages, optional=True, replaces=True)
    for name in _POINTS:
        yield Patch(_METRICS, name, _silent, optional=True, replaces=True)


def _answered(start: Callable[..., Any], nothing: Callable[[None], Any]) -> Wrapper:
    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        del wrapped, instance
        started = guard(start, *args, **kwargs)
        return started if started is not None else nothing(None)

    return wrapper


def _read(told: Told) -> Subject | None:
    found = dialect.subject(told.name, told.attributes)
    return None if _of_agent.get() and isinstance(found, WorkflowRun) else found


def _content(told: Told) -> Content | None:
    """Return nothing new: what there is was taken from the tool's own arguments and results."""
    del told


def _silent(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> None:
    del wrapped, instance, args, kwargs


def _without_messages(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    del instance
    return None if guard(_is_message, *args, **kwargs) else wrapped(*args, **kwargs)


def _is_message(record: Any = None, **_: Any) -> bool:
    return (string(getattr(record, "event_name", None)) or "").startswith(_EVENTS)


def _tell_tool(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> None:
    """Stand in the place of `trace_tool_call`, which writes arguments and results on the current span."""
    del wrapped, instance
    guard(_told, *args, **kwargs)


def _told(
    tool: Any,
    args: Any = None,
    function_response_event: Any = None,
    error: Any = None,
    span: Any = None,
    error_type: Any = None,
    invocation_context: Any = None,
) -> None:
    del span, invocation_context
    operation = current.operation()
    if operation is None or not isinstance(operation.subject, ToolRun):
        return
    subject = operation.subject
    responses = items(get(get(function_response_event, "content"), "parts"))
    answer = get(responses[0], "function_response") if responses else None
    subject.name = string(get(tool, "name")) or subject.name
    subject.description = string(get(tool, "description"))
    subject.call_id = string(get(answer, "id"))
    operation.changed = True
    if operation.capturing:
        operation.subject.content = Content(arguments=args, result=get(answer, "response"))
    if error is None and (kind := string(error_type)) is not None:
        operation.refuse(kind)


class _Entry(StandIn):
    """ADK's block around a run; what it opens for an agent is none of ours, since the agent has a span."""

    __slots__ = ()

    def __enter__(self) -> Any:
        token = _of_agent.set(True)
        try:
            return self._inner.__enter__()
        finally:
            _of_agent.reset(token)

    def __exit__(self, *error: object) -> Any:
        return self._inner.__exit__(*error)


def _entered(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Stand around `record_invocation(entrypoint_node, ...)`; a graph is a node that is no agent."""
    del instance
    node = args[0] if args else kwargs.get("entrypoint_node")
    inner = wrapped(*args, **kwargs)
    graph = any(kind.__name__ == "Workflow" for kind in type(node).__mro__)
    return inner if graph else instead(inner, _Entry)
