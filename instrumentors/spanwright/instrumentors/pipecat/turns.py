# SPDX-License-Identifier: Apache-2.0
"""The agents' turns: a model's service, from what the user said to the answer for which it calls no more functions."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from opentelemetry.trace import get_current_span, set_span_in_context

from spanwright.instrumentors._dialects import openai_chat as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import AgentRun, Message, Request, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content

_FRAME = "LLMContextFrame"
# Where a service asks its model once for each context; services of speech to speech hold one long exchange instead.
_ASKS = "_process_context"


class Turn:
    """A turn in flight: `asked` tells whether the model has called functions, whose results it is to see."""

    __slots__ = ("asked", "operation", "texts")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.asked = False
        self.texts: list[str] = []


class Turns:
    """The turns of all services, and the seam of a context that a service is to answer."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._turns: WeakKeyDictionary[Any, Turn] = WeakKeyDictionary()
        self._answering = traced(self)

    def frame(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Pass what a processor does with a frame, which is an agent's doing for a few of them only."""
        if args and type(args[0]).__name__ == _FRAME and hasattr(instance, _ASKS):
            return self._answering(wrapped, instance, args, kwargs)
        return wrapped(*args, **kwargs)

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Go on with the turn whose functions have answered, or open one."""
        context = getattr(args[0], "context", None)
        turn = self._turns.get(instance)
        if turn is None or not turn.operation.is_open or not _answered(context):
            turn = self._opened(instance, context)
        if turn is None:
            return None
        turn.asked = False
        turn.texts.clear()
        return turn.operation, args, kwargs

    def returned(self, operation: Operation, value: Any) -> None:
        """End the turn, unless the model has called functions."""
        del value
        turn = next((each for each in self._turns.values() if each.operation is operation), None)
        operation.touch()
        if turn is None or not turn.asked:
            if turn is not None and turn.texts and operation.capturing:
                operation.content().output = [Message("assistant", [Text("".join(turn.texts))])]
            operation.finish()

    def calls(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Note that a model calls functions."""
        turn = self._turns.get(instance)
        if turn is not None and (args or kwargs):
            turn.asked = True
        return wrapped(*args, **kwargs)

    def text(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Keep a piece of the answer, if content is captured."""
        turn = self._turns.get(instance)
        if turn is not None and turn.operation.capturing and args and isinstance(args[0], str):
            turn.texts.append(args[0])
        return wrapped(*args, **kwargs)

    def of(self, service: Any) -> Operation | None:
        """Return the open turn of a service."""
        turn = self._turns.get(service)
        return turn.operation if turn is not None and turn.operation.is_open else None

    def leave(self, pipeline: Operation) -> None:
        """End what a pipeline has left open: its last functions were not to be answered."""
        for turn in list(self._turns.values()):
            if turn.operation.is_open and turn.operation.outer is pipeline:
                turn.operation.abandon()

    def _opened(self, service: Any, context: Any) -> Turn | None:
        before = self._turns.pop(service, None)
        if before is not None and before.operation.is_open:
            before.operation.abandon()
        subject = AgentRun(name=_name(service), request=Request(model=_model(service)))
        around = guard(_around, service)
        operation = open_operation(
            self._telemetry, subject, content=lambda: _content(context), context=around
        )
        if operation is None:
            return None
        turn = self._turns[service] = Turn(operation)
        return turn


def _around(service: Any) -> Context | None:
    """Return where a turn belongs: into the turn of Pipecat's own tracing, if an application has that enabled."""
    told = getattr(service, "_tracing_context", None)
    of_turn = told.get_turn_context() if told is not None else None
    return set_span_in_context(get_current_span(of_turn), current.now()) if of_turn is not None else None


def _answered(context: Any) -> bool:
    """Tell whether the last word in a context is what a function has answered."""
    messages = getattr(context, "messages", None)
    return bool(messages) and get(messages[-1], "role") == "tool"


def _name(service: Any) -> str | None:
    """Return the name that an application has given to the worker of a pipeline; a number is none."""
    worker = None
    # It may not be in a pipeline.
    with suppress(Exception):
        worker = service.pipeline_worker
    name = string(getattr(worker, "name", None))
    return name if name is not None and not name.startswith(f"{type(worker).__name__}#") else None


def _model(service: Any) -> str | None:
    return string(getattr(getattr(service, "_settings", None), "model", None))


def _content(context: Any) -> Content:
    return dialect.content({"messages": getattr(context, "messages", None)})
