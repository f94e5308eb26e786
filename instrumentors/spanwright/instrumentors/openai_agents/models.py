# SPDX-License-Identifier: Apache-2.0
"""Model calls as the SDK makes them; the client inside adds what only the wire knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_agents as dialect
from spanwright.instrumentors._dialects.openai_responses import Chunks
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.methods import Method, bound
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors.openai_agents.runs import present
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun, Inference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content, Message, Response

# `ModelTracing.ENABLED_WITHOUT_DATA`: the application keeps sensitive data out of traces.
_PRIVATE = 2


class Models(Method):
    """The seam of `Model.get_response`, or of `Model.stream_response` for a stream."""

    def __init__(self, telemetry: Telemetry, *, stream: bool) -> None:
        super().__init__(telemetry, bound(self._read), noted=_noted)
        self._streamed = stream or None
        self._servers = Servers(n.ProviderName.OPENAI)

    def _read(
        self,
        model: Any,
        system_instructions: Any = None,
        input: Any = None,  # noqa: A002 - the SDK's name
        model_settings: Any = None,
        tools: Any = None,
        output_schema: Any = None,
        handoffs: Any = None,
        tracing: Any = None,
        previous_response_id: Any = None,
        conversation_id: Any = None,
        prompt: Any = None,
        **_: Any,
    ) -> Found:
        del conversation_id  # the client inside reads it, and the run has one
        name = string(getattr(model, "model", None))
        subject = Inference(
            n.OperationName.CHAT,
            request=dialect.request(name, model_settings, output_schema, previous_response_id, prompt),
        )
        subject.request.stream = self._streamed
        self._serve(subject, model, name)
        run = present()
        private = getattr(tracing, "value", None) == _PRIVATE or (run is not None and run.private)

        def content() -> Content:
            found = dialect.content(system_instructions, input, tools, handoffs)
            _tell(found)
            return found

        return subject, _Answers(private=private), None if private else content

    def _serve(self, subject: Inference, model: Any, name: str | None) -> None:
        """Say who is asked: the client's server, or what the name of the model begins with."""
        client = getattr(model, "_client", None)
        base = getattr(client, "base_url", None)
        if base is not None:
            server = self._servers.of(client, base)
            subject.provider, subject.address, subject.port = server.provider, server.address, server.port
        else:
            subject.provider = dialect.provider(name)


class _Answers:
    """Reads the answers of one call, streamed or not.

    `reasons` is why the answer ended as far as the SDK tells, for calls whose client tells us nothing more exact.
    """

    __slots__ = ("_private", "reasons")

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self.reasons: list[str] | None = None

    def response(self, value: Any) -> Response | None:
        """Read the facts."""
        if value is None:
            return None
        self.reasons = dialect.finish_reasons(value)
        return dialect.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Read the messages."""
        return () if self._private or value is None else dialect.output(value)

    def chunks(self, *, content: bool) -> Chunks:
        """Return a keeper of events."""
        return Chunks(content=content and not self._private)


def _tell(found: Content) -> None:
    """Give the agent what its model is told: the first input is its own."""
    agent = _invoked(current.operation())
    if agent is not None:
        held = agent.content()
        held.input = held.input or found.input
        held.system, held.tools = found.system, found.tools


def _noted(operation: Operation) -> None:
    """Complete an answer that the client inside has told nothing of, and give the agent what its model has answered."""
    subject, reader = operation.subject, operation.reader
    if not isinstance(subject, Inference):
        return
    response = subject.response
    if response is not None and response.finish_reasons is None and isinstance(reader, _Answers):
        response.finish_reasons = reader.reasons
    output = subject.content.output if subject.content is not None else ()
    if output:
        if response is not None and response.finish_reasons:
            output[-1].finish_reason = response.finish_reasons[-1]
        if (agent := _invoked(operation)) is not None:
            agent.content().output = output
        if (run := present()) is not None:
            run.output = output


def _invoked(operation: Operation | None) -> Operation | None:
    """Return the agent around, if its content is captured."""
    agent = operation.agent if operation is not None else None
    return agent if agent is not None and agent.capturing and isinstance(agent.subject, AgentRun) else None
