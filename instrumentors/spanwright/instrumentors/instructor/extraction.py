# SPDX-License-Identifier: Apache-2.0
"""One extraction: what Instructor does until the model's answer is valid, or it gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._kernel.errors import error_type
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.kinds import is_stream
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Begun
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

ATTEMPTS = "instructor.attempts"
REASONS = "instructor.retry.reasons"
_HOOKS = "hooks"


class Extractions:
    """The seam of `retry_sync` and `retry_async`, which the library calls by keywords alone."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def begin(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begun | None:
        """Open the step; without a model to extract, the library only passes the call on."""
        del instance
        wanted = kwargs.get("response_model")
        if wanted is None:
            return None
        name = string(getattr(wanted, "__name__", None))
        step = Step(f"extract {name}" if name is not None else "extract")
        operation = open_operation(self._telemetry, step)
        if operation is None:
            return None
        if _HOOKS in kwargs:
            hooks = Watched(kwargs[_HOOKS], step)
            operation.noted = hooks.tell
            kwargs = {**kwargs, _HOOKS: hooks}
        return operation, args, kwargs

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the step, unless what is extracted comes piece by piece."""
        if is_stream(value):
            return generated(value, operation)
        operation.finish()
        return None


class Watched:
    """The hooks of one call, the user's own or none, and a look at what they are told.

    The library only emits to what it is given here. The user's object stays as it is.
    """

    def __init__(self, hooks: Any, step: Step) -> None:
        self._hooks = hooks
        self._step = step
        self._attempts = 0
        self._reasons: list[str] = []

    def __getattr__(self, name: str) -> Any:
        hooks: Any = self._hooks
        found: Callable[..., Any] = getattr(hooks, name) if hooks is not None else _nothing
        if name == "emit_completion_arguments":
            self._attempts += 1
        elif name == "emit_parse_error":
            return self._refused(found)
        return found

    def _refused(self, emit: Callable[..., Any]) -> Callable[..., Any]:
        def refused(error: Exception, *args: Any, **kwargs: Any) -> Any:
            guard(lambda: self._reasons.append(error_type(error)))
            return emit(error, *args, **kwargs)

        return refused

    def tell(self, operation: Operation) -> None:
        """Write down how many attempts it took, and why; what was wrong with the answers is content."""
        if self._attempts:
            told: dict[str, Any] = {ATTEMPTS: self._attempts}
            if self._reasons:
                told[REASONS] = self._reasons
            self._step.attributes = told
            operation.changed = True


def _nothing(*_: Any, **__: Any) -> None:
    pass
