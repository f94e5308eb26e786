# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's streams: they stay what they are, and each step of one that was handed over reports to its operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, finalize

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Begun
    from spanwright.instrumentors._kernel.operation import Operation


class Step:
    """One operation as the steps of its stream see it: the end of the stream is its end."""

    __slots__ = ("context", "operation")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        # To run the library's code in; a plain attribute, as that of an operation, for it is read on the road.
        self.context: Context = operation.context

    def fail(self, error: BaseException) -> None:
        """End the operation."""
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            self.operation.finish()
        else:
            self.operation.fail(error)


class Streams:
    """The streams that callers hold, and the seam of their steps. Nothing is kept on the streams themselves."""

    def __init__(self) -> None:
        self._steps: WeakKeyDictionary[Any, Step] = WeakKeyDictionary()

    def hand(self, stream: Any, operation: Operation) -> None:
        """Leave the end of the operation to the stream."""
        self._steps[stream] = Step(operation)
        operation.handed = True
        operation.touch()
        finalize(stream, guard, ending.dropped, operation).atexit = False

    def begin(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begun | None:
        """Return the operation of a stream while it is open."""
        step = self._steps.get(instance)
        if step is None or not step.operation.is_open:
            return None
        step.context = step.operation.context
        # What `traced` asks of an operation, a step has. No `cast`, which is a call.
        return step, args, kwargs  # pyright: ignore[reportReturnType] - see above

    def returned(self, operation: Any, value: Any) -> None:
        """Take a chunk; `operation` is a step."""
        operation.operation.seen(value)

    def closed(self, stream: Any) -> None:
        """End the operation of a stream that its caller has closed."""
        step = self._steps.get(stream)
        if step is not None:
            step.operation.abandon()
