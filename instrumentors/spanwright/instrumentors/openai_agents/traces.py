# SPDX-License-Identifier: Apache-2.0
"""Traces that the application opens itself, `with trace("name"):` - a workflow around whatever runs inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors.openai_agents.runs import Run
from spanwright.semconv.model import WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.current import Tokens
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Traces:
    """The seam of traces. The runner starts those of its own by another method, and they are no workflows."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        # Name and group: a trace made while the SDK's tracing is off forgets them.
        self._made: WeakKeyDictionary[Any, tuple[str | None, str | None]] = WeakKeyDictionary()
        self._open: WeakKeyDictionary[Any, tuple[Run, Tokens | None]] = WeakKeyDictionary()

    def create(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Note what a new trace is called."""
        del instance
        trace = wrapped(*args, **kwargs)
        guard(self._note, trace, *args, **kwargs)
        return trace

    def enter(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Open the workflow."""
        value = wrapped(*args, **kwargs)
        guard(self._entered, instance)
        return value

    def leave(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """End the workflow."""
        guard(self._left, instance, *args)
        return wrapped(*args, **kwargs)

    def _note(
        self, trace: Any, name: Any = None, trace_id: Any = None, group_id: Any = None, *_: Any, **__: Any
    ) -> None:
        del trace_id
        self._made[trace] = string(name), string(group_id)

    def _entered(self, trace: Any) -> None:
        if trace in self._open:
            return
        name, group = self._made.get(trace, (None, None))
        run = Run(group)
        subject = WorkflowRun(name=name or string(getattr(trace, "name", None)), conversation_id=group)
        run.operation = open_operation(self._telemetry, subject)
        if run.operation is not None:
            self._open[trace] = run, current.enter(run.within())

    def _left(self, trace: Any, kind: Any = None, error: Any = None, *_: Any) -> None:
        del kind
        run, tokens = self._open.pop(trace, (None, None))
        if run is not None and run.operation is not None:
            current.leave(tokens)
            run.ends(run.operation, error)
