# SPDX-License-Identifier: Apache-2.0
"""What the seams of CrewAI share: they know when the framework calls itself again for the same run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opentelemetry.context import create_key, get_value, set_value

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content, Subject

_RUN = create_key("spanwright-crewai-run")


@dataclass(frozen=True, slots=True)
class Found:
    """What a call is: its subject, the reader of its content, and what tells it from another run (by identity)."""

    subject: Subject
    content: Callable[[], Content] | None = None
    run: tuple[Any, ...] = ()


class Seam:
    """A method of the framework that is an operation from its call to its return."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def find(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        """Return what the call is, None when it is nothing of its own."""
        raise NotImplementedError

    def take(self, operation: Operation, value: Any) -> None:
        """Take the content of what was returned; only asked while content is captured."""

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the operation, unless the call belongs to one that is open already: a retry, or another form of it."""
        found = self.find(instance, args, kwargs)
        if found is None or (found.run and _goes_on(found.run)):
            return None
        operation = open_operation(self._telemetry, found.subject, content=found.content)
        if operation is None:
            return None
        operation.context = set_value(_RUN, (operation, found.run), operation.context)
        return operation, args, kwargs

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation."""
        if operation.capturing:
            guard(self.take, operation, value)
        operation.finish()


def _goes_on(run: tuple[Any, ...]) -> bool:
    """Tell whether the innermost operation around is this very run."""
    held: Any = get_value(_RUN)
    if held is None or held[0] is not current.operation() or len(held[1]) != len(run):
        return False
    return all(one is other for one, other in zip(held[1], run, strict=True))
