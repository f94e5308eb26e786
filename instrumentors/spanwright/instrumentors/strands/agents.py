# SPDX-License-Identifier: Apache-2.0
"""Agents, and the swarms and graphs that they make up: every way to run them passes one stream of events."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import strands_agents as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.guard import instead
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.streams import apulled
from spanwright.semconv.model import AgentRun, Content, Request, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.current import Tokens
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Subject

_UNNAMED = ("default_graph", "default_swarm")


class Streams:
    """Stands around `stream_async`, an asynchronous generator."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def run(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Return the stream, observed; the SDK leaves spans current across its steps, which its consumer must not see."""
        return instead(wrapped(*args, **kwargs), self._observed, instance, args, kwargs)

    def _observed(self, stream: Any, instance: Any, args: Args, kwargs: Kwargs) -> Any:
        inside = _Inside()
        within = apulled(stream, inside.enter, inside.leave)
        return generated(within, None, partial(self._opened, instance, *args, **kwargs))

    def subject(self, instance: Any) -> Subject:
        """Return what runs."""
        raise NotImplementedError

    def _opened(self, instance: Any, given: Any = None, *_: Any, **named: Any) -> Operation | None:
        asked = next((named[name] for name in ("prompt", "task") if name in named), given)
        operation = open_operation(
            self._telemetry,
            self.subject(instance),
            Results(),
            content=lambda: Content(
                system=dialect.content((), getattr(instance, "system_prompt", None)).system,
                input=dialect.prompt(asked),
            ),
        )
        if operation is not None:
            operation.noted = _end_inner
            _running[id(operation)] = instance
        return operation


class Agents(Streams):
    """The seam of agents."""

    def subject(self, instance: Any) -> Subject:
        """Return the agent."""
        model = get(instance, "model")
        name = string(get(get(model, "config"), "model_id"))
        return AgentRun(
            name=string(get(instance, "name")),
            id=_identity(instance),
            description=string(get(instance, "description")),
            provider=dialect.provider(type(model).__module__, name),
            conversation_id=_session(instance),
            request=Request(name),
        )


class Teams(Streams):
    """The seam of swarms and graphs."""

    def subject(self, instance: Any) -> Subject:
        """Return the workflow."""
        name = string(get(instance, "id"))
        return WorkflowRun(
            name=None if name in _UNNAMED else name,
            conversation_id=string(get(get(instance, "session_manager"), "session_id")),
        )


class Results:
    """Reads what an agent has said in the end, if content is asked for."""

    __slots__ = ()

    def response(self, value: Any) -> None:
        """Return nothing: the facts are the model's."""

    def output(self, value: Any) -> Sequence[Message]:
        """Return the answer."""
        return dialect.output(get(value, "message"), get(value, "stop_reason")) if value is not None else ()

    def chunks(self, *, content: bool) -> Last:
        """Return a keeper of events."""
        return Last(content=content)


class Last:
    """Keeps the result that is told at the end."""

    __slots__ = ("_content", "_last")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._last: Any = None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        if self._content and (told := get(chunk, "result")) is not None:
            self._last = told

    def value(self) -> Any:
        """Return the result."""
        return self._last


class _Inside:
    """The context of a stream between its steps: what it leaves current at one is current at the next."""

    __slots__ = ("_context",)

    def __init__(self) -> None:
        self._context: Context | None = None

    def enter(self) -> Tokens | None:
        """Make it current, at first what the consumer's is."""
        return current.enter(self._context if self._context is not None else current.now(), current.scope())

    def leave(self, tokens: Tokens | None) -> None:
        """Keep it, and restore the consumer's."""
        try:
            self._context = current.now()
        finally:
            current.leave(tokens)


_running: dict[int, Any] = {}
_inner: dict[int, list[Operation]] = {}


def running(operation: Operation) -> Any:
    """Return the agent whose invocation an operation is, while it runs."""
    return _running.get(id(operation))


def begun(operation: Operation) -> None:
    """Remember an operation of an agent: the SDK's older versions forget what a cancellation interrupts."""
    if operation.agent is not None:
        _inner.setdefault(id(operation.agent), []).append(operation)


def ended(operation: Operation) -> None:
    """Forget an operation."""
    held = _inner.get(id(operation.agent), [])
    if operation in held:
        held.remove(operation)


def _end_inner(operation: Operation) -> None:
    """End with an agent what is still open in it."""
    error = sys.exc_info()[1]
    _running.pop(id(operation), None)
    for each in _inner.pop(id(operation), ()):
        if error is None or isinstance(error, GeneratorExit):
            each.abandon()
        else:
            each.fail(error)


def _identity(agent: Any) -> str | None:
    found = string(get(agent, "agent_id"))
    return None if found == "default" else found


def _session(agent: Any) -> str | None:
    around = current.operation()
    held = around.conversation if around is not None else None
    return held or string(get(get(agent, "_session_manager"), "session_id"))
