# SPDX-License-Identifier: Apache-2.0
"""Runs of agents, teams and workflows: who runs, in which session, what is asked and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import agno as dialect
from spanwright.instrumentors._dialects.wire import fields, get, string
from spanwright.instrumentors._families.methods import Method
from spanwright.semconv.model import AgentRun, Content, Request, Response, Step, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message


class Run:
    """Reads the answers of one run.

    `held` is Agno's own record of the run, which tells how it ended, where it is known; `said` is what the model
    answered last, and `error` the `error.type` of a model call that failed last, which Agno keeps to itself.
    """

    __slots__ = ("error", "held", "said")

    def __init__(self, held: Any = None) -> None:
        self.held = held
        self.said: Sequence[Message] = ()
        self.error: str | None = None

    def response(self, value: Any) -> Response | None:
        """Tell a failure, which comes as an answer."""
        kind = dialect.failure(self.held) or dialect.failure(value)
        if kind is None:
            return None
        return Response(error=self.error or kind if kind == dialect.FAILED else kind)

    def output(self, value: Any) -> Sequence[Message]:
        """Read the answer; that of a stream is the model's, and a failure is none."""
        return self.said or (() if dialect.failure(self.held or value) is not None else dialect.answer(value))

    def chunks(self, *, content: bool) -> Events:
        """Return a keeper of events."""
        del content
        return Events()


class Events:
    """Keeps nothing but the event that says how the run ended."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Any = None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        if dialect.ended(chunk) is not None:
            self._last = chunk

    def value(self) -> Any:
        """Return the end."""
        return self._last


class Asked(Method):
    """The seam of `Agent.run(input, session_id=...)` and its kin, for teams too, in the versions before 2.5."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_run)

    def _find_run(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        return self._read(instance, *args, **kwargs)

    def _read(self, agent: Any, input: Any = None, *, session_id: Any = None, **_: Any) -> Found:  # noqa: A002 - Agno's name
        return _invocation(agent, session_id, Run(), input)


class Prepared(Method):
    """The seam of the functions that run an agent or a team, whose record of the run is made by then."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_run)

    def _find_run(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del instance
        return self._read(*args, **kwargs)

    def _read(
        self,
        agent: Any,
        run_response: Any = None,
        run_context: Any = None,
        session_id: Any = None,
        **_: Any,
    ) -> Found:
        session = string(session_id) or get(run_response, "session_id") or get(run_context, "session_id")
        return _invocation(agent, session, Run(run_response), get(run_response, "input"))


def _invocation(agent: Any, session: Any, run: Run, asked: Any) -> Found:
    read = fields(agent).get
    subject = AgentRun(
        name=string(read("name")),
        description=string(read("description")),
        request=Request(model=string(get(read("model"), "id"))),
        conversation_id=string(session) or string(read("session_id")),
    )
    return subject, run, lambda: Content(input=dialect.given(asked))


class Workflows(Method):
    """The seam of the methods that run a workflow's steps."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_run, noted=_noted)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the workflow; its first versions answer with a failure."""
        if (kind := dialect.failure(value)) is None:
            return super().returned(operation, value)
        operation.refuse(kind)
        return None

    def _find_run(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del args
        record = kwargs.get("workflow_run_response")
        asked = get(kwargs.get("execution_input"), "input")
        session = string(get(record, "session_id")) or string(kwargs.get("session_id"))
        subject = WorkflowRun(name=string(getattr(instance, "name", None)), conversation_id=session)
        return subject, Run(record), lambda: Content(input=dialect.given(asked))


def _noted(operation: Operation) -> None:
    run = operation.reader
    if operation.capturing and isinstance(run, Run):
        operation.content().output = run.output(run.held)


class Steps(Method):
    """The seam of a workflow's step, whatever runs in it."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_step)

    def _find_step(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del args, kwargs
        name = string(getattr(instance, "name", None))
        return Step(f"step {name}" if name else "step"), Run(), None


def invoked(operation: Operation) -> Run | None:
    """Return what is kept of the agent's run around an operation."""
    agent = operation.agent
    run = agent.reader if agent is not None else None
    return run if isinstance(run, Run) else None
