# SPDX-License-Identifier: Apache-2.0
"""Model calls as the framework makes them, retries and all; the client inside adds what only the wire knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import crewai as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.methods import Method, bound
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.reading import Ignored
from spanwright.semconv import names as n
from spanwright.semconv.model import Inference, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Usage


class Models(Method):
    """The seam of `call(messages, tools, ...)` and `acall`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, bound(self._read), noted=_noted)
        self._servers = Servers(n.ProviderName.OPENAI)

    def _read(
        self,
        model: Any,
        messages: Any = None,
        tools: Any = None,
        *_: Any,
        response_model: Any = None,
        **__: Any,
    ) -> Found:
        provider, name = dialect.provider(
            string(getattr(model, "provider", None)),
            string(getattr(model, "model", None)),
            routed=getattr(model, "is_litellm", False) is True,
        )
        streams: Any = getattr(model, "_effective_stream", None)
        stream = streams() if callable(streams) else getattr(model, "stream", None)
        subject = Inference(n.OperationName.CHAT, provider, dialect.request(name, model, response_model))
        subject.request.stream = True if stream is True else None
        if (base := string(getattr(model, "base_url", None))) is not None:
            server = self._servers.of(None, base)
            subject.address, subject.port = server.address, server.port
        return subject, _Answers(), lambda: dialect.content(messages, tools)


class _Answers:
    """Reads what a call returned: a text, the calls of tools, or an object of the model that was asked for.

    `used` is what the framework has counted meanwhile, for calls whose client tells nothing more exact.
    """

    __slots__ = ("used",)

    def __init__(self) -> None:
        self.used: Usage | None = None

    def response(self, value: Any) -> Response | None:
        """Read the facts: none but what was counted."""
        del value
        return Response(usage=self.used) if self.used is not None else None

    def output(self, value: Any) -> Sequence[Message]:
        """Read the message."""
        return dialect.output(value)

    def chunks(self, *, content: bool) -> Ignored:
        """Return a keeper of chunks."""
        return Ignored(content=content)


def counted(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note what the framework counts."""
    del instance
    guard(_count, *args, **kwargs)
    return wrapped(*args, **kwargs)


def _count(usage_data: Any = None, *_: Any, **__: Any) -> None:
    operation = current.operation()
    if operation is not None and isinstance(operation.reader, _Answers):
        operation.reader.used = dialect.summed(operation.reader.used, dialect.usage(usage_data))


def streamed(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note the time of a chunk."""
    del instance
    operation = current.operation()
    if operation is not None and isinstance(operation.reader, _Answers):
        guard(operation.seen, None)
    return wrapped(*args, **kwargs)


def _noted(operation: Operation) -> None:
    """Say in the message, too, why it ended, if the client inside has told."""
    subject: Any = operation.subject
    output = subject.content.output if subject.content is not None else ()
    response = subject.response
    if output and response is not None and response.finish_reasons:
        output[-1].finish_reason = response.finish_reasons[-1]
