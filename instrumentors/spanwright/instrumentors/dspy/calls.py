# SPDX-License-Identifier: Apache-2.0
"""Language models since 3.4: a call becomes an operation where the cache has no answer, and is current from there on."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import dspy as dialect
from spanwright.instrumentors._dialects.wire import fields, string
from spanwright.instrumentors._kernel import call, current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors._kernel.scope import Scope
from spanwright.instrumentors.dspy.asked import Answers, inference
from spanwright.instrumentors.dspy.completions import streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class _Call(Scope):
    """The place around one call; `operation` is None until the cache has been asked in vain."""

    __slots__ = ("operation",)

    def __init__(self) -> None:
        super().__init__()
        self.operation: Operation | None = None


class Calls:
    """The seams of `execute(lm, call)`, of its asynchronous twin, and of what they run on a cache miss."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._placed = call.placed(_place, _left)

    def wrapper(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Run a call inside a place of its own, and end its operation with what it returns."""

        def at_once(*args: Any, **kwargs: Any) -> Any:
            value = wrapped(*args, **kwargs)
            guard(_finish, value)
            return value

        async def later(*args: Any, **kwargs: Any) -> Any:
            value = await wrapped(*args, **kwargs)
            guard(_finish, value)
            return value

        return self._placed(later if iscoroutinefunction(wrapped) else at_once, instance, args, kwargs)

    def missed(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Open the operation once it is known how the model will be asked."""
        del instance
        value = wrapped(*args, **kwargs)
        guard(self._open, *args)
        return value

    def emitted(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Note a chunk of a stream."""
        del instance
        around = current.operation()
        if around is not None and isinstance(around.reader, Answers):
            guard(around.seen, None)
        return wrapped(*args, **kwargs)

    def _open(self, lm: Any, asked: Any = None, *_: Any) -> None:
        place = current.scope()
        if not isinstance(place, _Call) or place.operation is not None:
            return
        settings = fields(getattr(lm, "kwargs", None))
        body = {**settings, **fields(getattr(asked, "legacy", None))}
        typed = getattr(asked, "request", None)
        kind = string(getattr(lm, "model_type", None))
        subject = inference(body, kind, typed)
        subject.request.stream = streams() or None
        place.operation = open_operation(
            self._telemetry, subject, Answers(kind), content=lambda: dialect.content(body, typed)
        )
        if place.operation is not None:
            place.take(place.operation.context)


def _place(instance: Any, args: Args, kwargs: Kwargs) -> Scope:
    del instance, args, kwargs
    return _Call()


def _finish(value: Any) -> None:
    place = current.scope()
    if isinstance(place, _Call) and place.operation is not None:
        place.operation.finish(value)


def _left(place: Any, error: BaseException) -> None:
    if place.operation is not None:
        place.operation.fail(error)
