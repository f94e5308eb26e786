# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's names of providers, which libraries that stand on it put before a model's name, in the conventions' words."""

from __future__ import annotations

from spanwright.semconv import hosts
from spanwright.semconv import names as n

# The library's names of providers whose names in the conventions (or in our table of hosts) are others.
_NAMES = {
    "ai21_chat": "ai21",
    "aiohttp_openai": n.ProviderName.OPENAI,
    "anthropic_text": n.ProviderName.ANTHROPIC,
    "azure": n.ProviderName.AZURE_AI_OPENAI,
    "azure_ai": n.ProviderName.AZURE_AI_INFERENCE,
    "azure_text": n.ProviderName.AZURE_AI_OPENAI,
    "codestral": n.ProviderName.MISTRAL_AI,
    "cohere_chat": n.ProviderName.COHERE,
    "custom_openai": n.ProviderName.OPENAI,
    "fireworks_ai": "fireworks",
    "gemini": n.ProviderName.GCP_GEMINI,
    "hosted_vllm": "vllm",
    "mistral": n.ProviderName.MISTRAL_AI,
    "moonshot": n.ProviderName.MOONSHOT_AI,
    "nvidia_nim": "nvidia",
    "ollama_chat": "ollama",
    "openai_like": n.ProviderName.OPENAI,
    "palm": n.ProviderName.GCP_GEN_AI,
    "sagemaker_chat": "sagemaker",
    "text-completion-codestral": n.ProviderName.MISTRAL_AI,
    "text-completion-openai": n.ProviderName.OPENAI,
    "vercel_ai_gateway": "vercel",
    "watsonx": n.ProviderName.IBM_WATSONX_AI,
    "watsonx_text": n.ProviderName.IBM_WATSONX_AI,
    "xai": n.ProviderName.X_AI,
}
_PREFIXES = (
    ("vertex_ai", n.ProviderName.GCP_VERTEX_AI),
    ("bedrock", n.ProviderName.AWS_BEDROCK),
    ("fireworks_ai", "fireworks"),
)
# A model that the library does not know is asked nowhere; whoever reads the failure learns who refused.
_UNKNOWN = "litellm"


def named(name: str | None, address: str | None) -> str:
    """Return the conventions' name of a provider; whoever speaks OpenAI's protocol is told by the host."""
    if name is None:
        return hosts.provider(address) or _UNKNOWN
    name = str.__str__(getattr(name, "value", name))
    found = _NAMES.get(name)
    if found is None:
        found = next((to for prefix, to in _PREFIXES if name.startswith(prefix)), name)
    return hosts.provider(address) or found if found == n.ProviderName.OPENAI else found
