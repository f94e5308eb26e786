# SPDX-License-Identifier: Apache-2.0
"""Which provider answers at a host: one client class talks to many of them, so the host tells, not the class."""

from __future__ import annotations

from functools import lru_cache

from spanwright.semconv.names import ProviderName

# Names that the conventions do not know follow their style: the service, in lower case.
_HOSTS = {
    "ai-gateway.vercel.sh": "vercel",
    "api-inference.together.ai": "together_ai",
    "api.ai21.com": "ai21",
    "api.anthropic.com": ProviderName.ANTHROPIC,
    "api.cerebras.ai": "cerebras",
    "api.cohere.ai": ProviderName.COHERE,
    "api.cohere.com": ProviderName.COHERE,
    "api.deepinfra.com": "deepinfra",
    "api.deepseek.com": ProviderName.DEEPSEEK,
    "api.featherless.ai": "featherless_ai",
    "api.fireworks.ai": "fireworks",
    "api.groq.com": ProviderName.GROQ,
    "api.hyperbolic.xyz": "hyperbolic",
    "api.letta.com": "letta",
    "api.mistral.ai": ProviderName.MISTRAL_AI,
    "api.moonshot.ai": ProviderName.MOONSHOT_AI,
    "api.moonshot.cn": ProviderName.MOONSHOT_AI,
    "api.novita.ai": "novita",
    "api.openai.com": ProviderName.OPENAI,
    "api.perplexity.ai": ProviderName.PERPLEXITY,
    "api.portkey.ai": "portkey",
    "api.publicai.co": "publicai",
    "api.replicate.com": "replicate",
    "api.sambanova.ai": "sambanova",
    "api.scaleway.ai": "scaleway",
    "api.together.ai": "together_ai",
    "api.together.xyz": "together_ai",
    "api.us.mistral.ai": ProviderName.MISTRAL_AI,
    "api.voyageai.com": "voyage",
    "api.wavespeed.ai": "wavespeed",
    "api.writer.com": "writer",
    "api.x.ai": ProviderName.X_AI,
    "api.z.ai": "z_ai",
    "dashscope-intl.aliyuncs.com": "dashscope",
    "dashscope-us.aliyuncs.com": "dashscope",
    "dashscope.aliyuncs.com": "dashscope",
    "eu.api.openai.com": ProviderName.OPENAI,
    "eu.openrouter.ai": "openrouter",
    "fal.run": "fal_ai",
    "generativelanguage.googleapis.com": ProviderName.GCP_GEMINI,
    "inference.api.nscale.com": "nscale",
    "inference.baseten.co": "baseten",
    "integrate.api.nvidia.com": "nvidia",
    "models.github.ai": "github",
    "models.inference.ai.azure.com": ProviderName.AZURE_AI_INFERENCE,
    "oai.endpoints.kepler.ai.cloud.ovh.net": "ovhcloud",
    "ollama.com": "ollama",
    "openrouter.ai": "openrouter",
    "queue.fal.run": "fal_ai",
    "router.huggingface.co": "huggingface",
    "us.api.openai.com": ProviderName.OPENAI,
    "us.openrouter.ai": "openrouter",
}
_SUFFIXES = (
    (".openai.azure.com", ProviderName.AZURE_AI_OPENAI),
    (".cognitiveservices.azure.com", ProviderName.AZURE_AI_OPENAI),
    (".services.ai.azure.com", ProviderName.AZURE_AI_INFERENCE),
    (".models.ai.azure.com", ProviderName.AZURE_AI_INFERENCE),
    ("aiplatform.googleapis.com", ProviderName.GCP_VERTEX_AI),
    (".ml.cloud.ibm.com", ProviderName.IBM_WATSONX_AI),
    (".api.openai.com", ProviderName.OPENAI),
    (".oci.oraclecloud.com", "oci.generative_ai"),
)
_SERVICES = (("bedrock", ProviderName.AWS_BEDROCK), ("runtime.sagemaker.", "aws.sagemaker"))


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
    if host.endswith(".amazonaws.com"):
        # Of all that answers there.
        return next((name for service, name in _SERVICES if host.startswith(service)), None)
    return None
