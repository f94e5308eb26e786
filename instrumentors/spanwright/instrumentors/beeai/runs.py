# SPDX-License-Identifier: Apache-2.0
"""What is run: an agent, a tool, a workflow or a model, each by the class that it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import beeai as dialect
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    AgentRun,
    Content,
    Embeddings,
    Inference,
    Message,
    Request,
    Text,
    ToolRun,
    WorkflowRun,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Response

    Find = Callable[[Any, Any], Found | None]

_TYPE = "function"
_FRAMEWORK = "beeai_framework."


def entered(telemetry: Telemetry) -> Wrapper:
    """Return the wrapper of `RunContext.enter(instance, fn)`, which is to run `fn` inside a task of its own."""
    run = traced(_Runs(telemetry))

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        del instance
        changed = guard(_observed, run, *args, **kwargs)
        if changed is None:
            return wrapped(*args, **kwargs)
        whole, rest = changed
        return wrapped(*whole, **rest)

    return wrapper


def _observed(run: Wrapper, instance: Any, fn: Any, **rest: Any) -> tuple[Args, Kwargs] | None:
    if _find(instance) is None:
        return None

    def observed(context: Any) -> Any:
        return run(fn, instance, (context,), {})

    return (instance, observed), rest


class _Runs(Method):
    """The seam of what is run with its context, in which the input stands as middleware has left it."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_run, noted=_noted)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation; what a tool returns is content and no answer."""
        if isinstance(operation.subject, ToolRun):
            if operation.capturing:
                guard(_take, operation, value)
            operation.finish()
        else:
            operation.finish(value)

    def _find_run(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        del kwargs
        find = _find(instance)
        return find(instance, args[0]) if find is not None else None


class _Answers:
    """Reads what is returned, whose facts `read` tells; it goes by the name of an agent, if one said it."""

    __slots__ = ("_name", "_read")

    def __init__(self, read: Callable[[Any], Response] | None = None, name: str | None = None) -> None:
        self._read = read
        self._name = name

    def response(self, value: Any) -> Response | None:
        """Read the facts."""
        return self._read(value) if self._read is not None else None

    def output(self, value: Any) -> Sequence[Message]:
        """Read what is said."""
        found = dialect.output(value)
        for each in found:
            each.name = self._name
        return found

    def chunks(self, *, content: bool) -> Any:
        """Keep nothing: a stream is put together by the framework."""
        del content
        return None


_NOTHING = _Answers()
_CHATS = _Answers(dialect.response)
_EMBEDDINGS = _Answers(dialect.embedded)


def _agent(agent: Any, context: Any) -> Found:
    meta = agent.meta
    held = fields(agent)
    model = held.get("_llm") or get(held.get("_input"), "llm")
    subject = AgentRun(
        name=string(get(meta, "name")),
        description=string(get(meta, "description")),
        request=Request(model=string(getattr(model, "model_id", None))),
    )
    return subject, _Answers(name=subject.name), lambda: Content(input=dialect.conversation(_asked(context)))


def _tool(tool: Any, context: Any) -> Found | None:
    kind: Any = tool.__class__
    if kind.__name__ == "FinalAnswerTool" and kind.__module__.startswith(_FRAMEWORK):
        # By it an agent says that it is done.
        return None
    name = string(getattr(tool, "name", None)) or "tool"
    subject = ToolRun(
        name=name,
        type=_TYPE,
        description=string(getattr(tool, "description", None)),
        call_id=dialect.call_id(getattr(context, "context", None), name),
    )
    return subject, _NOTHING, lambda: Content(arguments=dialect.arguments(_asked(context)))


def _chat(model: Any, context: Any) -> Found | None:
    if getattr(getattr(model, "cache", None), "enabled", False):
        # Which of its calls reach a model, the model's client knows.
        return None
    asked = getattr(context, "run_params", None)
    subject = Inference(
        n.OperationName.CHAT,
        dialect.provider(getattr(model, "provider_id", None)),
        dialect.request(getattr(model, "model_id", None), asked, getattr(model, "parameters", None)),
    )
    return subject, _CHATS, lambda: dialect.content(_asked(context), get(asked, "tools"))


def _embed(model: Any, context: Any) -> Found:
    subject = Embeddings(
        provider=dialect.provider(getattr(model, "provider_id", None)),
        request=Request(model=string(getattr(model, "model_id", None))),
    )

    def content() -> Content:
        values = items(get(getattr(context, "run_params", None), "values"))
        return Content(input=[Message("user", [Text(each)]) for each in values if isinstance(each, str)])

    return subject, _EMBEDDINGS, content


def _workflow(workflow: Any, context: Any) -> Found:
    del context
    return WorkflowRun(name=string(getattr(workflow, "name", None))), _NOTHING, None


_KINDS: dict[str, Find] = {
    "BaseAgent": _agent,
    "ChatModel": _chat,
    "EmbeddingModel": _embed,
    "Tool": _tool,
    "Workflow": _workflow,
}


def _find(instance: Any) -> Find | None:
    """Return what reads a run of this thing; a requirement of an agent, for one, is how the agent is built."""
    for each in instance.__class__.__mro__:
        if (found := _KINDS.get(each.__name__)) is not None and each.__module__.startswith(_FRAMEWORK):
            return found
    return None


def _asked(context: Any) -> Any:
    return get(getattr(context, "run_params", None), "input")


def _take(operation: Operation, value: Any) -> None:
    operation.content().result = dialect.result(value)


def _noted(operation: Operation) -> None:
    """Say in the message, too, why it ended, if the client inside has told."""
    subject: Any = operation.subject
    if isinstance(subject, Inference) and subject.content is not None and subject.content.output:
        reasons = subject.response.finish_reasons if subject.response is not None else None
        if reasons:
            subject.content.output[-1].finish_reason = reasons[-1]
