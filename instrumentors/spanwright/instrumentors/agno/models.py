# SPDX-License-Identifier: Apache-2.0
"""Model calls as Agno makes them, retries included; the client inside adds what only the wire knows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import agno as dialect
from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.methods import Method, bound
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._kernel.errors import error_type
from spanwright.instrumentors.agno.runs import invoked
from spanwright.semconv.model import Inference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

_EXHAUSTED = (StopIteration, StopAsyncIteration)
_BASES = ("base_url", "azure_endpoint", "host")


class Models(Method):
    """The seam of one model call, or of one stream: the call returns nothing, the message it was given is filled."""

    def __init__(self, telemetry: Telemetry, *, stream: bool = False) -> None:
        super().__init__(telemetry, bound(self._read), noted=_noted)
        self._streamed = stream or None
        self._servers = Servers("")

    def returned(self, operation: Operation, value: Any) -> Any:
        """End the call, unless a stream will."""
        reader = operation.reader
        return super().returned(operation, reader if value is None and reader is not None else value)

    def _read(
        self,
        model: Any,
        messages: Any = None,
        assistant_message: Any = None,
        stream_data: Any = None,
        response_format: Any = None,
        tools: Any = None,
        *_: Any,
        **__: Any,
    ) -> Found:
        provider = dialect.provider(model)
        subject = Inference("chat", provider, dialect.request(model, response_format))
        subject.request.stream = self._streamed
        base = next((found for name in _BASES if (found := string(get(model, name))) is not None), None)
        if base is not None:
            server = self._servers.of(model, base)
            subject.provider = server.provider or provider
            subject.address, subject.port = server.address, server.port
        answers = Answers(assistant_message, stream_data, subject.provider)
        return subject, answers, lambda: dialect.content(messages, tools)


class Answers:
    """Reads the answer of one call: the message that Agno fills, and the pieces of a stream so far.

    `reasons` is why the answer ended as far as Agno tells, for calls whose client tells us nothing more exact.
    """

    __slots__ = ("_message", "_pieces", "_provider", "reasons")

    def __init__(self, message: Any, pieces: Any, provider: str | None) -> None:
        self._message = message
        self._pieces = pieces
        self._provider = provider
        self.reasons: list[str] | None = None

    def response(self, value: Any) -> Response | None:
        """Read the facts."""
        del value
        self.reasons = dialect.finish_reasons(self._message)
        return dialect.response(self._message, self._provider)

    def output(self, value: Any) -> Sequence[Message]:
        """Read the message."""
        del value
        return dialect.output(self._message, self._pieces)

    def chunks(self, *, content: bool) -> Answers:
        """Return a keeper of chunks: Agno itself puts them together."""
        del content
        return self

    def add(self, chunk: Any) -> None:
        """Take nothing."""

    def value(self) -> Any:
        """Return nothing."""
        return None


def _noted(operation: Operation) -> None:
    """Complete an answer that the client inside has told nothing of, and tell the agent how its model's call ended."""
    subject, reader = operation.subject, operation.reader
    if not isinstance(subject, Inference) or not isinstance(reader, Answers):
        return
    response = subject.response
    if response is not None and response.finish_reasons is None:
        response.finish_reasons = reader.reasons
    output = subject.content.output if subject.content is not None else ()
    if output and response is not None and response.finish_reasons:
        output[-1].finish_reason = response.finish_reasons[-1]
    if (run := invoked(operation)) is not None:
        # An operation ends where the exception is handled that left it; every stream ends with one.
        error = sys.exc_info()[1] if not operation.read else None
        run.error = None if error is None or isinstance(error, _EXHAUSTED) else error_type(error)
        run.said = output or run.said
