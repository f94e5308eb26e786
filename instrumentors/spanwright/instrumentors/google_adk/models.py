# SPDX-License-Identifier: Apache-2.0
"""Model calls as ADK makes them, whatever the model; the client inside adds what only the wire knows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import google_adk as dialect
from spanwright.instrumentors._dialects.wire import get
from spanwright.instrumentors._kernel.generated import AsyncGenerated
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.semconv.model import Inference

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_SSE = "sse"


class Models:
    """Observes the answers of a model on their way into `BaseLlmFlow._run_and_handle_error`.

    What callbacks make of an error comes after; a live connection has no calls.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def run(self, wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        """Stand around the method."""
        del instance
        args = guard(self._observed, args, kwargs) or args
        return wrapped(*args, **kwargs)

    def _observed(self, args: Args, kwargs: Kwargs) -> Args | None:
        return self._read(args, *args, **kwargs)

    def _read(
        self,
        args: Args,
        response_generator: Any = None,
        invocation_context: Any = None,
        llm_request: Any = None,
        *_: Any,
        **__: Any,
    ) -> Args | None:
        run = get(invocation_context, "run_config")
        if not args or get(run, "support_cfc"):
            return None
        stream = getattr(get(run, "streaming_mode"), "value", None) == _SSE

        def begin() -> Operation | None:
            subject = dialect.inference(llm_request, stream=stream)
            content = partial(dialect.content, llm_request)
            operation = open_operation(self._telemetry, subject, Answers(), content=content)
            if operation is not None and not stream:
                operation.noted = _whole
            return operation

        return (Responses(response_generator, None, begin), *args[1:])


class Responses(AsyncGenerated):
    """The answers of one call. ADK asks for what comes after the last one when the tools have run."""

    __slots__ = ()

    def __anext__(self) -> Any:
        return self._step(self._inner.__anext__)

    async def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        return await super()._step(partial(self._pulled, step), *args)

    async def _pulled(self, step: Callable[..., Any], *args: Any) -> Any:
        try:
            return await step(*args)
        except StopAsyncIteration:
            if self.operation is not None:
                # Ends it at the time of the last answer.
                guard(self.operation.abandon)
            raise


def _whole(operation: Operation) -> None:
    """Take back when the first chunk came: an answer that is not streamed has none."""
    if isinstance(operation.subject, Inference):
        operation.subject.time_to_first_chunk = None


class Answers:
    """Reads the answers of one call."""

    __slots__ = ()
    response = staticmethod(dialect.response)
    output = staticmethod(dialect.output)

    def chunks(self, *, content: bool) -> dialect.Chunks:
        """Return a keeper of answers."""
        return dialect.Chunks(content=content)
