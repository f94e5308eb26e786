# SPDX-License-Identifier: Apache-2.0
"""A turn of an agent: its run is what `drive` does, and a middleware of ours sees models, tools and questions in it."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import ag2_events as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.standin import StandIn
from spanwright.instrumentors.ag2.answers import Said
from spanwright.instrumentors.ag2.calls import Models, Questions, Tools
from spanwright.semconv.model import AgentRun, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content, Message

_CONFIG = "__ag2_model_config__"


class Turn:
    """What is known of one turn: `described` says of tools what their calls do not."""

    __slots__ = ("agent", "context", "described", "event")

    def __init__(self, agent: Any, event: Any, context: Any) -> None:
        self.agent = agent
        self.event = event
        self.context = context
        self.described: dict[str, str] = {}

    @property
    def config(self) -> Any:
        """The configuration of the model in force."""
        found = getattr(self.context, "dependencies", None)
        return get(found, _CONFIG) or getattr(self.agent, "config", None)


class Turns:
    """The seam of turns."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._run = traced(Runs(telemetry))
        self._wrappers = (traced(Models(telemetry)), traced(Tools(telemetry)), traced(Questions(telemetry)))

    def scope(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around `Agent._turn_scope`, a context manager that gives what runs the turn."""
        if "context" not in kwargs or not args:
            return wrapped(*args, **kwargs)
        turn = guard(Turn, instance, args[0], kwargs["context"])
        if turn is None:
            return wrapped(*args, **kwargs)
        # AG2 calls it with an event and a context.
        hooks = partial(Hooks, turn=turn, wrappers=self._wrappers)
        given = chain(kwargs.get("additional_middleware", ()), (hooks,))
        return instead(wrapped(*args, **{**kwargs, "additional_middleware": given}), Scope, turn, self._run)


class Scope(StandIn):
    """AG2's context manager of a turn, with the run traced that it gives."""

    __slots__ = ("_run", "_turn")

    _own = frozenset({"_inner", "_run", "_turn"})

    def __init__(self, inner: Any, turn: Turn, run: Wrapper) -> None:
        super().__init__(inner)
        self._turn = turn
        self._run = run

    async def __aenter__(self) -> Any:
        drive = await self._inner.__aenter__()

        def driven() -> Any:
            return self._run(drive, self._turn, (), {})

        return driven

    async def __aexit__(self, *left: object) -> Any:
        return await self._inner.__aexit__(*left)


class Hooks:
    """A middleware that changes nothing; the innermost one, so that what others do again is seen each time."""

    def __init__(self, event: Any, context: Any, turn: Turn, wrappers: tuple[Wrapper, ...]) -> None:
        self.initial_event = event
        self.context = context
        self._turn = turn
        self._models, self._tools, self._questions = wrappers

    async def on_turn(self, call_next: Any, event: Any, context: Any) -> Any:
        """Pass the turn on, which has its span already."""
        return await call_next(event, context)

    async def on_llm_call(self, call_next: Any, events: Any, context: Any) -> Any:
        """Ask the model."""
        return await self._models(call_next, (self._turn, call_next), (events, context), {})

    async def on_tool_execution(self, call_next: Any, event: Any, context: Any) -> Any:
        """Execute the tool."""
        return await self._tools(call_next, self._turn, (event, context), {})

    async def on_human_input(self, call_next: Any, event: Any, context: Any) -> Any:
        """Ask the person."""
        return await self._questions(call_next, self._turn, (event, context), {})


class Runs(Method):
    """The seam of what a turn's scope gives: a function that runs the turn."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._found)

    def _found(self, turn: Turn, args: Args, kwargs: Kwargs) -> Found:
        del args, kwargs
        around = current.operation()
        subject = AgentRun(name=string(getattr(turn.agent, "name", None)))
        subject.request = Request(model=dialect.model(turn.config))
        if around is None or around.conversation is None:
            # An agent behind a tool has a stream of its own, and takes part in the conversation around it.
            stream = getattr(getattr(turn.context, "stream", None), "id", None)
            subject.conversation_id = str(stream) if stream is not None else None
        return subject, Said(_replied), lambda: _asked(turn)


def _asked(turn: Turn) -> Content:
    return dialect.content(getattr(turn.context, "prompt", None), [turn.event])


def _replied(reply: Any) -> list[Message]:
    return dialect.output(getattr(reply, "response", None))
