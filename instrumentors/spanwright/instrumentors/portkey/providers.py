# SPDX-License-Identifier: Apache-2.0
"""Which provider a client of Portkey asks through the gateway, where it says so."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import get
from spanwright.semconv.names import ProviderName

_HEADER = "x-portkey-provider"
# Portkey's names that are not the conventions' own. A virtual key, a config or a name that the account chose
# (`@mine`) does not tell: then the provider is the gateway.
_PROVIDERS = {
    "anthropic": ProviderName.ANTHROPIC,
    "azure-ai": ProviderName.AZURE_AI_INFERENCE,
    "azure-openai": ProviderName.AZURE_AI_OPENAI,
    "bedrock": ProviderName.AWS_BEDROCK,
    "cerebras": "cerebras",
    "cohere": ProviderName.COHERE,
    "deepinfra": "deepinfra",
    "deepseek": ProviderName.DEEPSEEK,
    "fireworks-ai": "fireworks",
    "google": ProviderName.GCP_GEMINI,
    "groq": ProviderName.GROQ,
    "mistral-ai": ProviderName.MISTRAL_AI,
    "moonshot": ProviderName.MOONSHOT_AI,
    "ollama": "ollama",
    "openai": ProviderName.OPENAI,
    "openrouter": "openrouter",
    "perplexity-ai": ProviderName.PERPLEXITY,
    "together-ai": "together_ai",
    "vertex-ai": ProviderName.GCP_VERTEX_AI,
    "x-ai": ProviderName.X_AI,
}


def named(client: Any) -> str | None:
    """Read the header that the client sends with every request."""
    # The first is of the copy of OpenAI's client, the second of Portkey's own.
    for held in ("_custom_headers", "custom_headers"):
        told = get(getattr(client, held, None), _HEADER)
        if isinstance(told, str):
            return _PROVIDERS.get(told)
    return None
