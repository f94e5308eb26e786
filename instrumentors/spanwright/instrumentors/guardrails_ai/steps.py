# SPDX-License-Identifier: Apache-2.0
"""A guard's run and a validator's, as steps that tell how they came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.generated import generated
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.kinds import is_stream
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Begun, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.guardrails_ai.natives import Natives
    from spanwright.semconv.model import Message, Response

PASSED = "guardrails.validation_passed"
OUTCOME = "guardrails.validator.outcome"
ON_FAIL = "guardrails.validator.on_fail"
# A guard without a name has its id for one.
_UNNAMED = "gr-"


class Guards:
    """The seam of a guard's run: a model asked and its answer validated, or an answer alone."""

    def __init__(self, telemetry: Telemetry, natives: Natives) -> None:
        self._telemetry = telemetry
        self._natives = natives

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the step, which the library calls with the guard's name first."""
        del instance
        if not self._natives.is_ours():
            return None
        name = string(args[0] if args else kwargs.get("guard_name"))
        named = name is not None and not name.startswith(_UNNAMED)
        outcome = Outcome()
        operation = open_operation(self._telemetry, Step(f"guard {name}" if named else "guard"), outcome)
        if operation is None:
            return None
        operation.noted = outcome.tell
        return operation, args, kwargs

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the step, unless the outcome comes piece by piece."""
        if is_stream(value):
            return generated(value, operation)
        operation.finish(value)
        return None


class Outcome:
    """Reads whether what a guard returns has passed; of a stream the last piece tells."""

    __slots__ = ("passed",)

    def __init__(self) -> None:
        self.passed: bool | None = None

    def response(self, value: Any) -> Response | None:
        """Take what a guard returns."""
        self.add(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Return nothing: a step has no content."""
        del value
        return ()

    def chunks(self, *, content: bool) -> Outcome:
        """Return itself."""
        del content
        return self

    def add(self, chunk: Any) -> None:
        """Take a piece."""
        passed = getattr(chunk, "validation_passed", None)
        if isinstance(passed, bool):
            self.passed = passed

    def value(self) -> Any:
        """Return nothing: all is taken."""
        return None

    def tell(self, operation: Operation) -> None:
        """Write it down."""
        if self.passed is not None:
            _add(operation, {PASSED: self.passed})


class Validators:
    """The seam of one validation; those of a stream's pieces, most of which wait for more, are no steps."""

    def __init__(self, telemetry: Telemetry, natives: Natives) -> None:
        self._telemetry = telemetry
        self._natives = natives

    def begin(self, instance: Any, args: Args, kwargs: Kwargs) -> Begun | None:
        """Open the step."""
        validator, stream = _asked(instance, *args, **kwargs)
        if stream or not self._natives.is_ours():
            return None
        name = string(getattr(validator, "rail_alias", None))
        on_fail: Any = getattr(validator, "on_fail_descriptor", None)
        found = string(getattr(on_fail, "value", on_fail))
        step = Step(f"validate {name}" if name is not None else "validate")
        if found is not None:
            step.attributes = {ON_FAIL: found}
        operation = open_operation(self._telemetry, step)
        return (operation, args, kwargs) if operation is not None else None

    def returned(self, operation: Operation, value: Any) -> None:
        """End the step; a validation that does not pass is no error of the validator."""
        outcome = string(getattr(value, "outcome", None))
        if outcome is not None:
            _add(operation, {OUTCOME: outcome})
        operation.finish()


class Carrying:
    """A validator whose validation runs in a context of ours, on whatever thread the library has it run."""

    def __init__(self, inner: Any, context: Context) -> None:
        self._inner = inner
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def validate(self, *args: Any, **kwargs: Any) -> Any:
        """Validate a value."""
        tokens = current.enter(self._context)
        try:
            return self._inner.validate(*args, **kwargs)
        finally:
            current.leave(tokens)

    def validate_stream(self, *args: Any, **kwargs: Any) -> Any:
        """Validate a piece."""
        tokens = current.enter(self._context)
        try:
            return self._inner.validate_stream(*args, **kwargs)
        finally:
            current.leave(tokens)


def carried(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Have the library's own method hand over a validator that takes the context along, which its executor leaves behind."""
    carrying, method = guard(_carrying, instance), getattr(wrapped, "__func__", None)
    if carrying is None or method is None:
        return wrapped(*args, **kwargs)
    return method(carrying, *args, **kwargs)


def _carrying(validator: Any) -> Carrying | None:
    context = current.now()
    return Carrying(validator, context) if context else None


def _asked(
    service: Any, validator: Any, value: Any = None, metadata: Any = None, stream: Any = None, **_: Any
) -> tuple[Any, bool]:
    del service, value, metadata
    return validator, bool(stream)


def _add(operation: Operation, found: dict[str, Any]) -> None:
    if isinstance(operation.subject, Step):
        operation.subject.attributes = {**(operation.subject.attributes or {}), **found}
        operation.changed = True
