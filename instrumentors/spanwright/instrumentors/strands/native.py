# SPDX-License-Identifier: Apache-2.0
"""The SDK's own tracing, which is always on and writes prompts and answers into its spans.

Its methods that begin and end the spans of models and tools are told the objects themselves: ours stand in their place
and read content only when it is asked for. Agents have our spans already, and the cycles of their loop are plumbing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.trace import StatusCode

from spanwright.instrumentors._dialects import strands_agents as dialect
from spanwright.instrumentors._dialects.wire import count, get, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.native import NativeSpan, NativeTracer
from spanwright.instrumentors._kernel.patching import OnImport, Patch
from spanwright.instrumentors._kernel.unseen import Unseen, unseen
from spanwright.instrumentors.strands.agents import begun, ended, running
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun, Content, Inference, Request, Step, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Subject

_MODULE = "strands.telemetry.tracer"
# Where a method of ours keeps what a span is about.
_SUBJECT = "spanwright.subject"
_UNSEEN = ("start_agent_span", "start_event_loop_cycle_span", "start_multiagent_span")
_ENDS = ("end_agent_span", "end_event_loop_cycle_span", "end_swarm_span")
_TOOL_ERROR = "tool_error"
_ERROR = "error"
_MILLISECONDS = 1000


class Spans:
    """Our side of the SDK's tracer."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._tracer = NativeTracer(telemetry, _read, _content)
        self._kind: Any = None

    def patches(self) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        # What no method of its own begins asks the tracer beneath.
        yield OnImport(_MODULE, self._place, self._remove)
        lost = "models and tools have no spans"
        yield Patch(_MODULE, "Tracer.start_model_invoke_span", self.start_model, lost=lost, replaces=True)
        yield Patch(_MODULE, "Tracer.end_model_invoke_span", self.end_model, replaces=True)
        yield Patch(_MODULE, "Tracer.start_tool_call_span", self.start_tool, lost=lost, replaces=True)
        yield Patch(_MODULE, "Tracer.end_tool_call_span", self.end_tool, replaces=True)
        for name in _UNSEEN:
            yield Patch(_MODULE, f"Tracer.{name}", _unseen, replaces=True)
        for name in _ENDS:
            yield Patch(_MODULE, f"Tracer.{name}", _passed, replaces=True)

    def start_model(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand in the place of `start_model_invoke_span`."""
        del wrapped, instance
        return guard(self._start_model, *args, **kwargs) or unseen(None)

    def end_model(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand in the place of `end_model_invoke_span`."""
        del instance
        if not guard(_is_ours, args, kwargs):
            return wrapped(*args, **kwargs)
        guard(_end_model, *args, **kwargs)
        return None

    def start_tool(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand in the place of `start_tool_call_span`."""
        del wrapped, instance
        return guard(self._start_tool, *args, **kwargs) or unseen(None)

    def end_tool(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand in the place of `end_tool_call_span`."""
        del instance
        if not guard(_is_ours, args, kwargs):
            return wrapped(*args, **kwargs)
        guard(_end_tool, *args, **kwargs)
        return None

    def _start_model(
        self,
        messages: Any,
        parent_span: Any = None,
        model_id: Any = None,
        *_: Any,
        system_prompt: Any = None,
        system_prompt_content: Any = None,
        **__: Any,
    ) -> Any:
        del parent_span
        subject = Inference(request=Request(string(model_id)))
        agent = _agent()
        invoked = agent.subject if agent is not None else None
        if isinstance(invoked, AgentRun):
            subject.provider = invoked.provider
        span, operation = self._begun(n.OperationName.CHAT, subject, agent)
        if operation is not None and operation.capturing:
            # The first versions tell the instructions to the agent alone.
            own = getattr(running(agent), "system_prompt", None) if agent is not None else None
            subject.content = dialect.content(messages, system_prompt_content or system_prompt or own)
        return span

    def _start_tool(self, tool: Any, *_: Any, **__: Any) -> Any:
        subject = ToolRun(
            name=string(get(tool, "name")) or "tool",
            type="function",
            call_id=string(get(tool, "toolUseId")),
        )
        span, operation = self._begun(n.OperationName.EXECUTE_TOOL, subject, _agent())
        if operation is not None and operation.capturing:
            subject.content = Content(arguments=get(tool, "input"))
        return span

    def _begun(self, name: str, subject: Subject, agent: Operation | None) -> tuple[Any, Operation | None]:
        """Start below the agent: where a stream changes tasks, the SDK leaves earlier spans of its own current."""
        told: Any = {_SUBJECT: subject}
        span = self._tracer.start_span(name, agent.context if agent is not None else None, attributes=told)
        operation = _operation(span)
        if operation is not None:
            begun(operation)
        return span, operation

    def _place(self, module: ModuleType) -> None:
        kind: Any = getattr(module, "Tracer", None)
        if kind is None or "tracer" in vars(kind):
            return
        self._kind = kind
        # Instances, also those that are there already, keep their own beneath it.
        kind.tracer = property(lambda _: self._tracer, _keep)

    def _remove(self) -> None:
        kind, self._kind = self._kind, None
        if kind is not None:
            del kind.tracer


def _keep(instance: Any, value: Any) -> None:
    vars(instance)["tracer"] = value


def _read(told: Told) -> Subject | None:
    subject: Any = told.attributes.get(_SUBJECT)
    if subject is not None:
        if isinstance(subject, ToolRun):
            # The SDK writes it on the span that is current.
            subject.description = string(told.attributes.get(n.GEN_AI_TOOL_DESCRIPTION))
        return subject
    if told.name == "execute_structured_output":
        return AgentRun(name=string(told.attributes.get(n.GEN_AI_AGENT_NAME)))
    return Step(told.name) if told.name.startswith("memory.") else None


def _content(told: Told) -> None:
    """Return nothing: content is taken from the objects themselves."""
    del told


def _agent() -> Operation | None:
    around = current.operation()
    return around.agent if around is not None else None


def _operation(span: Any) -> Operation | None:
    return span.operation if isinstance(span, NativeSpan) else None


def _is_ours(args: Args, kwargs: Kwargs) -> bool:
    return isinstance(args[0] if args else kwargs.get("span"), (NativeSpan, Unseen))


def _unseen(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    del wrapped, instance, args, kwargs
    return unseen(None)


def _passed(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    del instance
    return None if guard(_is_ours, args, kwargs) else wrapped(*args, **kwargs)


def _end_model(
    span: Any, message: Any = None, usage: Any = None, metrics: Any = None, stop_reason: Any = None, **_: Any
) -> None:
    operation = _operation(span)
    if operation is not None and isinstance(operation.subject, Inference):
        operation.merge(dialect.response(usage, stop_reason))
        if (first := count(get(metrics, "timeToFirstByteMs"))) and operation.subject.request.stream:
            operation.subject.time_to_first_chunk = first / _MILLISECONDS
        if operation.capturing:
            operation.content().output = dialect.output(message, stop_reason)
        ended(operation)
    span.end()


def _end_tool(span: Any, tool_result: Any = None, error: Any = None, **_: Any) -> None:
    operation = _operation(span)
    if operation is not None:
        if operation.capturing and tool_result is not None:
            operation.content().result = dialect.result(tool_result)
        ended(operation)
        if isinstance(error, BaseException):
            guard(span.left_by, error, failed=True)
        elif get(tool_result, "status") == _ERROR:
            span.set_attribute(n.ERROR_TYPE, _TOOL_ERROR)
            span.set_status(StatusCode.ERROR)
    span.end()
