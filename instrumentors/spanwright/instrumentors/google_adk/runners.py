# SPDX-License-Identifier: Apache-2.0
"""Runs: of one agent they are nothing but that agent, of several they are a workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import google_adk as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard, instead
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.streams import apulled
from spanwright.instrumentors.google_adk.agents import Events, is_composed, is_workflow
from spanwright.semconv.model import Content, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Runs:
    """The seam of `Runner.run_async` and `run_live`, which are asynchronous generators."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open an operation, if the run is the outermost and more than one agent may take part."""
        agent = get(instance, "agent")
        if current.operation() is not None or agent is None or is_workflow(agent) or not is_composed(agent):
            return None
        operation = self._opened(instance, **kwargs)
        return None if operation is None else (operation, args, kwargs)

    def returned(self, operation: Operation, value: Any) -> Any:
        """Do nothing: a generator ends its operation itself."""

    def _opened(
        self, runner: Any, *, session_id: Any = None, new_message: Any = None, session: Any = None, **_: Any
    ) -> Operation | None:
        conversation = string(session_id) or string(get(session, "id"))
        return open_operation(
            self._telemetry,
            WorkflowRun(name=string(get(runner, "app_name")), conversation_id=conversation),
            Events(),
            content=lambda: Content(input=dialect.said(new_message, "user")),
        )


class _Here:
    """A runner whose runs go on in the context in which it was made, also in a thread of their own."""

    __slots__ = ("_context", "_runner")

    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self._context = current.now()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)

    def run_async(self, *args: Any, **kwargs: Any) -> Any:
        """Run as the runner does."""
        return instead(self._runner.run_async(*args, **kwargs), apulled, self._entered, current.leave)

    def _entered(self) -> Any:
        return current.enter(self._context, current.scope())


def in_place(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Let `Runner.run` go on in its caller's context: the thread that it starts has none before 2.x copied it."""
    function = getattr(wrapped, "__func__", None)
    if function is None or "copy_context" in function.__code__.co_names:
        return wrapped(*args, **kwargs)
    here = guard(_Here, instance)
    return function(here if here is not None else instance, *args, **kwargs)
