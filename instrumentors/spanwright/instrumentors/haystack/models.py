# SPDX-License-Identifier: Apache-2.0
"""Generators and embedders; the client inside adds what only the wire knows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import haystack_messages as messages
from spanwright.instrumentors._dialects.wire import fields
from spanwright.instrumentors._families.bases import base
from spanwright.instrumentors._families.methods import Method
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Embeddings, Inference, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

# What the packages of integrations, or the names of Haystack's own classes, begin with.
_PROVIDERS = {
    "amazon_bedrock": n.ProviderName.AWS_BEDROCK,
    "azure": n.ProviderName.AZURE_AI_OPENAI,
    "google_ai": n.ProviderName.GCP_GEMINI,
    "google_genai": n.ProviderName.GCP_GEMINI,
    "google_vertex": n.ProviderName.GCP_VERTEX_AI,
    "hugging_face_api": "huggingface",
    "huggingface": "huggingface",
    "mistral": n.ProviderName.MISTRAL_AI,
    "openai": n.ProviderName.OPENAI,
    "together_ai": "together_ai",
    "watsonx": n.ProviderName.IBM_WATSONX_AI,
}
_INTEGRATIONS = "haystack_integrations"
_BASES = ("azure_endpoint", "api_base_url", "base_url", "url")
_OWN = (("Azure", "azure"), ("OpenAI", "openai"), ("HuggingFace", "huggingface"))
# They have a prompt and send it as a chat.
_CHATTING = ("OpenAIGenerator", "AzureOpenAIGenerator")


class Generators(Method):
    """The seam of a generator's `run`."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        held, name = fields(instance), type(instance).__name__
        chats = name.endswith("ChatGenerator") or name in _CHATTING
        asked = (
            {**kwargs, "messages" if chats and name not in _CHATTING else "prompt": args[0]}
            if args
            else kwargs
        )
        provider, address, port = serving(instance)
        subject = Inference(
            n.OperationName.CHAT if chats else n.OperationName.TEXT_COMPLETION,
            provider,
            messages.request(held, asked),
            address=address,
            port=port,
        )
        tools = asked.get("tools") if asked.get("tools") is not None else held.get("tools")
        return subject, REPLIES, lambda: messages.content(asked, tools)


class Vectors(Method):
    """The seam of an embedder's `run`, for a text or for documents."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(telemetry, self._find_call)

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del args, kwargs
        held = fields(instance)
        provider, address, port = serving(instance)
        size = integer(held.get("dimensions"))
        extra = {n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: size} if size else None
        request = Request(model=messages.model(held), extra=extra)
        return Embeddings(provider=provider, request=request, address=address, port=port), _EMBEDDED, None


class _Replies:
    """Reads the answers of generators."""

    __slots__ = ()

    def response(self, value: Any) -> Response | None:
        """Read the facts."""
        return messages.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Read the replies."""
        return messages.output(value)

    def chunks(self, *, content: bool) -> Chunks:
        """Never called: a stream goes to a callback, and the whole answer comes in the end."""
        raise NotImplementedError


class _Embedded(_Replies):
    """Reads the answers of embedders, which have what the provider said beside the vectors."""

    __slots__ = ()

    def response(self, value: Any) -> Response | None:
        """Read the facts."""
        return messages.embedded(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Return nothing: vectors are no content."""
        del value
        return ()


REPLIES, _EMBEDDED = _Replies(), _Embedded()


def serving(instance: object) -> tuple[str, str | None, int | None]:
    """Return the provider by the host that a component is told to ask, else by its package; and that host."""
    address, port, provider = base(fields(instance), _BASES)
    return provider or _package(type(instance)), address, port


@lru_cache(maxsize=256)
def _package(kind: type) -> str:
    """Return who is behind a class: the integration that it comes from, or what its name begins with."""
    parts = kind.__module__.split(".")
    if parts[0] == _INTEGRATIONS and len(parts) > 3:  # noqa: PLR2004 - root, `components`, kind, package
        return _PROVIDERS.get(parts[3], parts[3])
    name = kind.__name__
    for start, provider in _OWN:
        if name.startswith(start):
            return _PROVIDERS[provider]
    return name.lower()
