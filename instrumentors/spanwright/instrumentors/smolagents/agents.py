# SPDX-License-Identifier: Apache-2.0
"""Agents: a run from its task to its final answer, whole or step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import smolagents as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.lazy import lazy
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv.model import AgentRun, Content, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.hierarchies import Hierarchies
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message


class Agents(Method):
    """The seam of `run(task, stream)`, which for a stream returns a generator of steps."""

    def __init__(self, telemetry: Telemetry, models: Hierarchies) -> None:
        super().__init__(telemetry, self._find_run)
        self._models = models
        self.wrapper = lazy(telemetry, self._find_run, _streams, self)

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the operation with the final answer, which may be anything, even a generator."""
        if operation.capturing:
            guard(_take, operation, value)
        operation.finish()

    def _find_run(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        model = getattr(instance, "model", None)
        if model is not None:
            # One of a class that was made after the framework's own were covered.
            guard(self._models.cover, type(model))
        task = args[0] if args else kwargs.get("task")
        subject = AgentRun(
            name=string(getattr(instance, "name", None)),
            description=string(getattr(instance, "description", None)),
            request=Request(model=dialect.model(getattr(model, "model_id", None), routed=routed(model))),
        )
        return subject, _Steps(), lambda: Content(input=dialect.asked(task))


class _Steps:
    """Reads the steps of a streamed run: the last one holds the answer."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Any = None

    def response(self, value: Any) -> None:
        """Read the facts: there are none."""

    def output(self, value: Any) -> Sequence[Message]:
        """Read the answer."""
        return dialect.answer(value)

    def chunks(self, *, content: bool) -> _Steps:
        """Return a keeper of steps: itself."""
        del content
        return self

    def add(self, chunk: Any) -> None:
        """Take a step."""
        self._last = chunk

    def value(self) -> Any:
        """Return the answer, if the run has come so far."""
        last, self._last = self._last, None
        return dialect.final(last)


def routed(model: Any) -> bool:
    """Tell whether the model goes by LiteLLM, where its name begins with its provider."""
    return any(each.__name__ == "LiteLLMModel" for each in type(model).__mro__)


def _streams(instance: Any, args: Args, kwargs: Kwargs) -> bool:
    del instance
    return bool(args[1] if len(args) > 1 else kwargs.get("stream"))


def _take(operation: Operation, value: Any) -> None:
    # With `return_full_result` the answer is a part of it.
    whole = type(value).__name__ == "RunResult"
    operation.content().output = dialect.answer(value.output if whole else value)
