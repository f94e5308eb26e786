# SPDX-License-Identifier: Apache-2.0
"""Model calls as LlamaIndex makes them; the client inside adds what only the wire knows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import llama_index_answers as answers
from spanwright.instrumentors._dialects import llama_index_messages as messages
from spanwright.instrumentors._dialects.wire import fields
from spanwright.instrumentors._families.bases import base
from spanwright.instrumentors._families.methods import Method
from spanwright.semconv import names as n
from spanwright.semconv.model import Inference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

_KINDS = ("llms", "embeddings", "postprocessor", "multi_modal_llms")
# What LlamaIndex calls its packages, where that is not the name in the conventions' style.
_PROVIDERS = {
    "azure_inference": n.ProviderName.AZURE_AI_INFERENCE,
    "azure_openai": n.ProviderName.AZURE_AI_OPENAI,
    "bedrock": n.ProviderName.AWS_BEDROCK,
    "bedrock_converse": n.ProviderName.AWS_BEDROCK,
    "gemini": n.ProviderName.GCP_GEMINI,
    "google_genai": n.ProviderName.GCP_GEMINI,
    "huggingface_api": "huggingface",
    "ibm": n.ProviderName.IBM_WATSONX_AI,
    "mistralai": n.ProviderName.MISTRAL_AI,
    "openai_like": n.ProviderName.OPENAI,
    "together": "together_ai",
    "vertex": n.ProviderName.GCP_VERTEX_AI,
    "voyageai": "voyage",
    "xai": n.ProviderName.X_AI,
}
_BASES = ("azure_endpoint", "api_base", "base_url")


class Models(Method):
    """The seam of `chat` and `complete` in all their forms."""

    def __init__(self, telemetry: Telemetry, *, chat: bool, stream: bool = False) -> None:
        super().__init__(telemetry, self._find_call)
        self._chat = chat
        self._streamed = stream or None

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        given = kwargs.get("messages" if self._chat else "prompt", args[0] if args else None)
        chats = self._chat or _chats(instance)
        provider, address, port = serving(instance)
        request = answers.request(fields(instance), kwargs)
        request.stream = self._streamed
        operation = n.OperationName.CHAT if chats else n.OperationName.TEXT_COMPLETION
        subject = Inference(operation, provider, request, address=address, port=port)
        return subject, ANSWERS, lambda: messages.chat(given, kwargs)


class Answers:
    """Reads the answers of a model."""

    __slots__ = ()

    def response(self, value: Any) -> Response | None:
        """Read the facts."""
        return answers.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Read the messages."""
        return answers.output(value)

    def chunks(self, *, content: bool) -> answers.Chunks:
        """Return a keeper of chunks."""
        del content
        return answers.Chunks()


ANSWERS = Answers()


def serving(instance: object) -> tuple[str, str | None, int | None]:
    """Return the provider by the host that a model's object is told to ask, else by its package; and that host."""
    address, port, provider = base(fields(instance), _BASES)
    return provider or _package(type(instance)), address, port


@lru_cache(maxsize=256)
def _package(kind: type) -> str:
    """Return who is behind a class: the package that it or a class above it comes from, else its own name."""
    for each in kind.__mro__:
        parts = each.__module__.split(".")
        if len(parts) > 2 and parts[0] == "llama_index" and parts[1] in _KINDS:  # noqa: PLR2004 - root, kind, package
            return _PROVIDERS.get(parts[2], parts[2])
    return kind.__name__.lower()


def _chats(instance: Any) -> bool:
    """Tell whether a completion is asked of a chat model; some models tell only of the names that they know."""
    try:
        return bool(instance.metadata.is_chat_model)
    except Exception:
        return False
