# SPDX-License-Identifier: Apache-2.0
"""Model calls as the framework makes them; the client inside adds what only the wire knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import smolagents as dialect
from spanwright.instrumentors._dialects.wire import fields
from spanwright.instrumentors._families.methods import Method, bound
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors.smolagents.agents import routed
from spanwright.semconv import names as n
from spanwright.semconv.model import Inference

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# A class of an application has the provider of the one that it stands on.
_PROVIDERS = {
    "AmazonBedrockModel": n.ProviderName.AWS_BEDROCK,
    "AzureOpenAIModel": n.ProviderName.AZURE_AI_OPENAI,
    "InferenceClientModel": "huggingface",
    "MLXModel": "mlx",
    "OpenAIModel": n.ProviderName.OPENAI,
    "TransformersModel": "huggingface",
    "VLLMModel": "vllm",
}
_IN_PROCESS = frozenset({"MLXModel", "TransformersModel", "VLLMModel"})
# Whom a class that stands on none of these asks, the framework does not know either.
_UNKNOWN = "smolagents"


class Models(Method):
    """The seam of `generate(messages, ...)`, or of `generate_stream` for a stream."""

    def __init__(self, telemetry: Telemetry, *, stream: bool) -> None:
        super().__init__(telemetry, bound(self._read), noted=_noted)
        self._streamed = stream or None
        self._servers = Servers(n.ProviderName.OPENAI)

    def _read(
        self,
        model: Any,
        messages: Any = None,
        stop_sequences: Any = None,
        response_format: Any = None,
        tools_to_call_from: Any = None,
        **settings: Any,
    ) -> Found:
        if getattr(model, "supports_stop_parameter", True) is False:
            stop_sequences = None
        given = {
            "stop": stop_sequences,
            "response_format": response_format,
            **settings,
            **fields(getattr(model, "kwargs", None)),
        }
        name, known = getattr(model, "model_id", None), routed(model)
        subject = Inference(n.OperationName.CHAT, request=dialect.request(name, given, routed=known))
        subject.request.stream = self._streamed
        if known:
            subject.provider = dialect.provider(name)
        else:
            self._serve(subject, model)
        return subject, dialect, lambda: dialect.content(messages, tools_to_call_from)

    def _serve(self, subject: Inference, model: Any) -> None:
        """Say who is asked: by the kind of model, or by the address of its client."""
        kinds = [each.__name__ for each in type(model).__mro__]
        subject.provider = next((_PROVIDERS[each] for each in kinds if each in _PROVIDERS), _UNKNOWN)
        subject.in_process = not _IN_PROCESS.isdisjoint(kinds)
        client = getattr(model, "client", None)
        base = getattr(client, "base_url", None)
        if base is not None and subject.provider == n.ProviderName.OPENAI:
            server = self._servers.of(client, base)
            subject.provider, subject.address, subject.port = server.provider, server.address, server.port


def _noted(operation: Operation) -> None:
    """Say in the message, too, why it ended, if the client inside has told."""
    subject: Any = operation.subject
    output = subject.content.output if subject.content is not None else ()
    response = subject.response
    if output and response is not None and response.finish_reasons:
        output[-1].finish_reason = response.finish_reasons[-1]
