# SPDX-License-Identifier: Apache-2.0
"""What a call is billed by, in the words of `genai-prices`: whose price list, which entry of it, and how much of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference
from spanwright.semconv.names import ProviderName

if TYPE_CHECKING:
    from spanwright.semconv.model import Response, Subject, Usage

# A name that is not here is that of its list, or has none.
_LISTS = {
    ProviderName.AWS_BEDROCK: "aws",
    ProviderName.AZURE_AI_INFERENCE: "azure",
    ProviderName.AZURE_AI_OPENAI: "azure",
    ProviderName.GCP_GEMINI: "google",
    ProviderName.GCP_GEN_AI: "google",
    ProviderName.GCP_VERTEX_AI: "google",
    ProviderName.MISTRAL_AI: "mistral",
    ProviderName.MOONSHOT_AI: "moonshotai",
    "together_ai": "together",
    "voyage": "voyageai",
    ProviderName.X_AI: "x-ai",
    "z_ai": "zai",
}
# The first field is the whole, the others are parts of it.
_COUNTS = {
    "input": "input_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
    "text_input": "input_text_tokens",
    "image_input": "input_image_tokens",
    "audio_input": "input_audio_tokens",
    "text_cache_read": "cache_text_read_tokens",
    "image_cache_read": "cache_image_read_tokens",
    "audio_cache_read": "cache_audio_read_tokens",
    "output": "output_tokens",
    "reasoning": "output_reasoning_tokens",
    "text_output": "output_text_tokens",
    "image_output": "output_image_tokens",
    "audio_output": "output_audio_tokens",
}
_CACHED = ("text_cache_read", "image_cache_read", "audio_cache_read")
# Resource names: the model is their last segment.
_RESOURCES = ("arn:", "models/", "projects/", "publishers/")
_TIERS = (n.OPENAI_RESPONSE_SERVICE_TIER, n.OPENAI_REQUEST_SERVICE_TIER)


@dataclass(slots=True)
class Cost:
    """What a call costs, in US dollars."""

    total: float
    input: float
    output: float


def price_list(provider: str | None) -> str | None:
    """Return whose price list applies; a provider that is not known has none, and is never guessed from the model."""
    return _LISTS.get(provider, provider) if provider is not None else None


def models(subject: Inference | Embeddings) -> list[str]:
    """Return the names to look up, the best first: the model that answered, then the one that was asked for.

    The latter may be the name of a deployment.
    """
    response = subject.response
    told = (response.model if response is not None else None, subject.request.model)
    found = [name for name in told if isinstance(name, str) and name]
    return list(dict.fromkeys(_entry(name) for name in found))


def usage(subject: Subject) -> dict[str, int] | None:
    """Return the counts to be priced; None where a price would be wrong because a count is not known."""
    if not isinstance(subject, (Inference, Embeddings)) or subject.response is None:
        return None
    used = subject.response.usage
    if used is None or used.input is None:
        return None
    if isinstance(subject, Embeddings):
        return {"input_tokens": used.input}
    return counts(used) if used.output is not None else None


def counts(used: Usage) -> dict[str, int]:
    """Return token counts under the names of the price lists; parts that are zero say nothing."""
    found = {
        name: count
        for slot, name in _COUNTS.items()
        if (count := getattr(used, slot)) or (count == 0 and slot in ("input", "output"))
    }
    known = [getattr(used, slot) or 0 for slot in _CACHED]
    if used.cache_read and sum(known) == used.cache_read:
        # All that was cached is told by its kind, so of the other kinds nothing was.
        found.update({_COUNTS[slot]: count for slot, count in zip(_CACHED, known, strict=True)})
    return found


def tier(subject: Inference | Embeddings) -> str | None:
    """Return the service tier that was granted, or else asked for."""
    response: Response | None = subject.response
    told = {**(subject.request.extra or {}), **((response.extra if response else None) or {})}
    return next((found for key in _TIERS if isinstance(found := told.get(key), str)), None)


def _entry(model: str) -> str:
    return model.rpartition("/")[2] if model.startswith(_RESOURCES) and "/" in model else model
