# SPDX-License-Identifier: Apache-2.0
"""The runs of the model within a pipeline's call, and the tokens that a streamer sees of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.call import traced
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.transformers.answers import Answer
from spanwright.instrumentors.transformers.calls import find_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.telemetry import Telemetry


def forwarded(telemetry: Telemetry) -> Wrapper:
    """Return the wrapper of a model's run: it gives its tokens to the call around it, or is an operation itself."""
    alone = traced(Method(telemetry, find_run))

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        answer = guard(_around, instance)
        if answer is None:
            return alone(wrapped, instance, args, kwargs)
        value = wrapped(*args, **kwargs)
        guard(_add, answer, value, args, kwargs)
        return value

    return wrapper


def _around(pipeline: Any) -> Answer | None:
    """Return what reads the call of this pipeline that runs now, which may be a layer of a framework's call."""
    operation = current.operation()
    for each in (operation, operation.layer if operation is not None else None):
        reader = each.reader if each is not None else None
        if isinstance(reader, Answer) and reader.pipeline is pipeline:
            return reader
    return None


def _add(answer: Answer, value: Any, args: Args, kwargs: Kwargs) -> None:
    answer.add(args[0] if args else kwargs.get("model_inputs"), value)


def streamed(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note the time of a token that is put into a streamer; what is put first is the prompt."""
    del instance
    guard(_note)
    return wrapped(*args, **kwargs)


def _note() -> None:
    operation = current.operation()
    if operation is not None and isinstance(operation.reader, Answer):
        if operation.reader.prompted:
            operation.seen(None)
        operation.reader.prompted = True
