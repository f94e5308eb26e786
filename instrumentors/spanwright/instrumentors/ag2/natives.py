# SPDX-License-Identifier: Apache-2.0
"""AG2's own telemetry, a middleware that applications add: silent where it reports to where we do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv.model import AgentRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Natives:
    """What stands around the hooks of `TelemetryMiddleware`."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def passed(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Go on to what a hook stands around, where ours is there already; the application's own words are kept."""
        if kwargs or not guard(self._is_double, instance):
            return wrapped(*args, **kwargs)
        call, *rest = args
        if wrapped.__name__ == "on_turn":
            guard(_label, instance)
        return call(*rest)

    def counted(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Tell no usage a second time."""
        return _nothing() if guard(self._is_shared, instance) else wrapped(*args, **kwargs)

    def _is_shared(self, hooks: Any) -> bool:
        return self._telemetry.shares(getattr(hooks, "_tracer", None))

    def _is_double(self, hooks: Any) -> bool:
        return current.operation() is not None and self._is_shared(hooks)


def _label(hooks: Any) -> None:
    around, given = current.operation(), getattr(hooks, "_span_attributes", None)
    if given and around is not None and isinstance(around.subject, AgentRun):
        around.span.set_attributes(given)


async def _nothing() -> None:
    pass
