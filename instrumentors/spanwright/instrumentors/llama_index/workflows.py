# SPDX-License-Identifier: Apache-2.0
"""Workflows and their steps; agents are workflows too, whose steps are how they are built."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from spanwright.instrumentors._dialects import llama_index_messages as messages
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._families.steering import steered
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import placed, traced
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.patching import OnImport, PatchSet
from spanwright.instrumentors._kernel.reading import NOTHING
from spanwright.instrumentors._kernel.scope import Scope
from spanwright.instrumentors.llama_index import agents
from spanwright.instrumentors.llama_index.names import named
from spanwright.instrumentors.llama_index.runs import Run, called, followed, present
from spanwright.instrumentors.llama_index.steering import settle
from spanwright.semconv.model import Content, Generic, Message, Step, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from opentelemetry.context import Context

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CONFIG = "_step_config"


class Workflows:
    """The seams of runs and of steps."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._patches = PatchSet("llama_index")
        self._known: WeakSet[type] = WeakSet()
        self._turns = placed(self._turn)
        self.steps = OnImport("workflows.workflow", self._place, self._remove)

    def run(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around `Workflow.run`, which starts the run's tasks and returns a handler."""
        guard(self._wrap, instance)
        run = guard(self._started, instance, *args, **kwargs)
        if run is None:
            return wrapped(*args, **kwargs)
        tokens = current.enter(guard(run.within))
        try:
            handler = wrapped(*args, **kwargs)
        except BaseException as error:
            current.leave(tokens)
            guard(run.ended, error)
            raise
        current.leave(tokens)
        guard(followed, run, handler)
        return handler

    def _started(self, workflow: Any, ctx: Any = None, start_event: Any = None, **given: Any) -> Run | None:
        del ctx
        conversation = agents.conversation(start_event)
        alone = agents.agent(workflow)
        if alone is not None:
            subject = agents.invocation(alone, conversation)
            read = lambda: agents.content(alone, agents.started(start_event))  # noqa: E731 - read only when captured
        else:
            given.pop("run_id", None)
            subject = WorkflowRun(name=_name(workflow), conversation_id=conversation)
            read = lambda: Content(input=agents.started(start_event) or _given(start_event, given))  # noqa: E731 - as above
        operation = open_operation(self._telemetry, subject, content=read)
        return Run(workflow, operation) if operation is not None else None

    def _turn(self, workflow: Any, args: Args, kwargs: Kwargs) -> _Turn | None:
        """Return the place of an agent's step: inside the agent whose turn it is."""
        run = present(workflow)
        if run is None:
            return None
        event = kwargs.get("ev", args[-1] if args else None)
        name = string(get(event, "current_agent_name"))
        if name is not None and (found := agents.members(workflow).get(name)) is not None:
            self._take_turn(run, found, event)
        return _Turn(called(run.within(), string(get(event, "tool_name")), string(get(event, "tool_id"))))

    def _take_turn(self, run: Run, agent: Any, event: Any) -> None:
        if agents.agent(run.workflow) is None and (run.agent is None or run.turn is not agent):
            if run.agent is not None:
                run.agent.finish()
            subject = agents.invocation(agent, run.operation.conversation)
            content = lambda: agents.content(agent, agents.inputs(event))  # noqa: E731 - read only when captured
            run.agent = open_operation(
                self._telemetry, subject, content=content, context=run.operation.context
            )
            run.turn = agent
        told = get(event, "response")
        if told is not None and run.agent is not None and run.agent.capturing:
            run.agent.content().output = [messages.message(told)]

    def _wrap(self, workflow: object) -> None:
        """Wrap the steps of a workflow's class, which are made known by a mark on a method."""
        kind = type(workflow)
        if kind in self._known or not self._patches.active:
            return
        self._known.add(kind)
        for owner in kind.__mro__:
            for name, found in list(vars(owner).items()):
                if isinstance(found, FunctionType) and hasattr(found, _CONFIG):
                    self._patches.wrap(owner, name, self._step(name, owner))

    def _step(self, name: str, owner: type) -> Wrapper:
        """Return the wrapper of one step; those of agents are how they are built, and have no spans."""
        if agents.is_agentic(owner):
            return self._turns

        def find(instance: Any, args: Args, kwargs: Kwargs) -> Found:
            del instance, args, kwargs
            return Step(f"step {name}"), NOTHING, None

        return steered(traced(Method(self._telemetry, find)), settle)

    def _place(self, module: ModuleType) -> None:
        del module
        self._patches.active = True

    def _remove(self) -> None:
        self._known.clear()
        self._patches.remove()


class _Turn(Scope):
    """A place that is an agent's already."""

    __slots__ = ()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._taken = True


def _name(workflow: Any) -> str | None:
    return string(getattr(workflow, "_workflow_name", None)) or named(workflow)


def _given(event: Any, given: dict[str, Any]) -> list[Message]:
    held = given or agents.data(event)
    return [Message("user", [Generic("event", held)])] if held else []
