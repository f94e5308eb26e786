# SPDX-License-Identifier: Apache-2.0
"""Programs: an agent is one that uses tools, a workflow the outermost of the others; a single prediction is neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import dspy as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.semconv.model import AgentRun, Content, Step, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

_OWN = "dspy."
# One call of a language model, which has a span of its own.
_PREDICTIONS = frozenset({"Predict", "ChainOfThought"})
_AGENTS = frozenset({"ReAct", "ReActV2", "CodeAct", "Avatar", "RLM"})
# What a signature is called that was given as a text.
_UNNAMED = "StringSignature"


class Programs(Method):
    """The seam of `Module.__call__(**inputs)`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_program)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the program; what it returns is the application's, whatever it is."""
        if operation.capturing and not isinstance(operation.subject, Step):
            operation.content().output = dialect.answer(value)
        operation.finish()

    def _find_program(self, instance: Any, args: Args, kwargs: Kwargs) -> Found | None:
        kind: type[Any] = instance.__class__
        own = kind.__module__.startswith(_OWN)
        if own and kind.__name__ in _PREDICTIONS:
            return None
        content = lambda: Content(input=dialect.given(_inputs(args, kwargs)))  # noqa: E731 - read only when captured
        if any(base.__name__ in _AGENTS and base.__module__.startswith(_OWN) for base in kind.__mro__):
            return AgentRun(name=_named(instance, own=own)), PROGRAM, content
        if isinstance(getattr(current.operation(), "subject", None), (Step, WorkflowRun)):
            return Step(f"module {kind.__name__}"), PROGRAM, None
        return WorkflowRun(name=kind.__name__), PROGRAM, content


class _Program:
    """Reads nothing: what a program returns is taken when it ends."""

    __slots__ = ()

    def response(self, value: Any) -> Response | None:
        """Read nothing."""
        del value

    def output(self, value: Any) -> Sequence[Message]:
        """Read nothing."""
        del value
        return ()

    def chunks(self, *, content: bool) -> Any:
        """Keep nothing."""
        del content


PROGRAM = _Program()


def _named(instance: Any, *, own: bool) -> str | None:
    """Return the name that the application gave to an agent: that of its class or of its signature."""
    if not own:
        return type(instance).__name__
    name = string(getattr(getattr(instance, "signature", None), "__name__", None))
    return None if name == _UNNAMED else name


def _inputs(args: Args, kwargs: Kwargs) -> dict[str, Any]:
    return {**{str(at): each for at, each in enumerate(args)}, **kwargs}
