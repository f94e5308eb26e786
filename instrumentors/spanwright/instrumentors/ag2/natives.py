# SPDX-License-Identifier: Apache-2.0
"""AG2's own telemetry, which applications add: silent where it reports to where we do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Tracer

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.native import NativeTracer
from spanwright.semconv.model import AgentRun, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.trace import Span

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# Of what AG2 tells of agents before 1.0, this has no span of ours otherwise.
_STEPS = ("await_human_input", "execute_code")


class Natives:
    """What stands in the place of AG2's own spans."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._steps = NativeTracer(telemetry, _step, lambda _: None)
        self._placed = False

    def place(self, module: object) -> None:
        """Begin."""
        del module
        self._placed = True

    def remove(self) -> None:
        """Have the tracers that were handed out be AG2's own again."""
        self._placed = False

    def passed(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Go on to what a hook of the middleware stands around; the application's own words for the run are kept."""
        if kwargs or not guard(self._is_double, instance):
            return wrapped(*args, **kwargs)
        call, *rest = args
        if wrapped.__name__ == "on_turn":
            guard(_label, instance)
        return call(*rest)

    def counted(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Tell no usage a second time."""
        return _nothing() if guard(self._is_shared, instance) else wrapped(*args, **kwargs)

    def tracer(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Return the tracer of agents before 1.0."""
        del instance
        tracer = wrapped(*args, **kwargs)
        return Chosen(tracer, self.chosen) if guard(self._telemetry.shares, tracer) else tracer

    def chosen(self) -> Tracer | None:
        """Return ours while we trace."""
        return self._steps if self._placed and self._telemetry.enabled else None

    def _is_shared(self, hooks: Any) -> bool:
        return self._telemetry.shares(getattr(hooks, "_tracer", None))

    def _is_double(self, hooks: Any) -> bool:
        return current.operation() is not None and self._is_shared(hooks)


class Chosen(Tracer):
    """A tracer that is AG2's own where `choose` has no other."""

    def __init__(self, inner: Tracer, choose: Callable[[], Tracer | None]) -> None:
        self._inner = inner
        self._choose = choose

    def start_span(self, *args: Any, **kwargs: Any) -> Span:
        """Start a span."""
        return (self._choose() or self._inner).start_span(*args, **kwargs)

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:
        """Start a span, current while the block runs."""
        return (self._choose() or self._inner).start_as_current_span(*args, **kwargs)


def _step(told: Told) -> Step | None:
    kind = told.name.partition(" ")[0]
    return Step(kind) if kind in _STEPS else None


def _label(hooks: Any) -> None:
    around, given = current.operation(), getattr(hooks, "_span_attributes", None)
    if given and around is not None and isinstance(around.subject, AgentRun):
        around.span.set_attributes(given)


async def _nothing() -> None:
    pass
