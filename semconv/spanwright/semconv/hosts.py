# SPDX-License-Identifier: Apache-2.0
"""Which provider answers at a host: one client class talks to many of them, so the host tells, not the class."""

from __future__ import annotations

from functools import lru_cache

from spanwright.semconv.names import ProviderName

# Names that the conventions do not know follow their style: the service, in lower case.
_HOSTS = {
    "ai-gateway.vercel.sh": "vercel",
    "api.ai21.com": "ai21",
    "api.anthropic.com": ProviderName.ANTHROPIC,
    "api.cerebras.ai": "cerebras",
    "api.cohere.ai": ProviderName.COHERE,
    "api.cohere.com": ProviderName.COHERE,
    "api.deepinfra.com": "deepinfra",
    "api.deepseek.com": ProviderName.DEEPSEEK,
    "api.fireworks.ai": "fireworks",
    "api.groq.com": ProviderName.GROQ,
    "api.mistral.ai": ProviderName.MISTRAL_AI,
    "api.moonshot.ai": ProviderName.MOONSHOT_AI,
    "api.moonshot.cn": ProviderName.MOONSHOT_AI,
    "api.novita.ai": "novita",
    "api.openai.com": ProviderName.OPENAI,
    "api.perplexity.ai": ProviderName.PERPLEXITY,
    "api.replicate.com": "replicate",
    "api.sambanova.ai": "sambanova",
    "api.together.ai": "together_ai",
    "api.together.xyz": "together_ai",
    "api.voyageai.com": "voyage",
    "api.writer.com": "writer",
    "api.x.ai": ProviderName.X_AI,
    "api-inference.together.ai": "together_ai",
    "dashscope.aliyuncs.com": "dashscope",
    "dashscope-intl.aliyuncs.com": "dashscope",
    "eu.api.openai.com": ProviderName.OPENAI,
    "generativelanguage.googleapis.com": ProviderName.GCP_GEMINI,
    "integrate.api.nvidia.com": "nvidia",
    "models.github.ai": "github",
    "models.inference.ai.azure.com": ProviderName.AZURE_AI_INFERENCE,
    "ollama.com": "ollama",
    "openrouter.ai": "openrouter",
    "router.huggingface.co": "huggingface",
    "us.api.openai.com": ProviderName.OPENAI,
}
_SUFFIXES = (
    (".openai.azure.com", ProviderName.AZURE_AI_OPENAI),
    (".cognitiveservices.azure.com", ProviderName.AZURE_AI_OPENAI),
    (".services.ai.azure.com", ProviderName.AZURE_AI_INFERENCE),
    (".models.ai.azure.com", ProviderName.AZURE_AI_INFERENCE),
    ("aiplatform.googleapis.com", ProviderName.GCP_VERTEX_AI),
    (".ml.cloud.ibm.com", ProviderName.IBM_WATSONX_AI),
    (".api.openai.com", ProviderName.OPENAI),
)


@lru_cache(maxsize=256)
def provider(host: str | None) -> str | None:
    """Return the name of the provider behind a public host, None for any other host."""
    if not host:
        return None
    host = host.lower().rstrip(".")
    if (found := _HOSTS.get(host)) is not None:
        return found
    for suffix, name in _SUFFIXES:
        if host.endswith(suffix):
            return name
    if host.endswith(".amazonaws.com") and host.startswith("bedrock"):
        return ProviderName.AWS_BEDROCK
    return None
