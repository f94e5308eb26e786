# SPDX-License-Identifier: Apache-2.0
"""IBM's watsonx.ai: chat and text generation of models and of deployments, embeddings, reranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_MODELS = "ibm_watsonx_ai.foundation_models"
_INFERENCES = (
    (f"{_MODELS}.inference.fm_model_inference", "FMModelInference"),
    (f"{_MODELS}.inference.deployment_model_inference", "DeploymentModelInference"),
)


class WatsonxInstrumentor(Instrumentor):
    """Patches the two classes to which `ModelInference` hands every call, and the methods of the other models."""

    supports = ("ibm-watsonx-ai >= 1.3.42, < 2",)
    watches = ("ibm_watsonx_ai",)
    captures = "chat and text generation of models and deployments, embeddings, reranking"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families.lazy import lazy
        from spanwright.instrumentors._families.methods import Method
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.ibm_watsonx_ai import calls, streams

        chat, spoken = traced(Method(telemetry, calls.chat)), lazy(telemetry, calls.chat_stream, calls.always)
        generate = lazy(telemetry, calls.generate, calls.parallel)
        written = lazy(telemetry, calls.text_stream, calls.always)
        for module, name in _INFERENCES:
            yield Patch(module, f"{name}.chat", chat)
            yield Patch(module, f"{name}.achat", chat)
            yield Patch(module, f"{name}.chat_stream", spoken)
            yield Patch(module, f"{name}.achat_stream", spoken)
            yield Patch(module, f"{name}.generate", generate)
            # Private, yet what `agenerate` awaits; the public method is of `ModelInference` alone.
            yield Patch(module, f"{name}._agenerate_single", generate)
            yield Patch(module, f"{name}.generate_text_stream", written)
            yield Patch(module, f"{name}.agenerate_stream", written)
        # A stream of texts gives its consumer nothing but texts: this method takes them out of the events.
        yield Patch(
            f"{_MODELS}.inference.base_model_inference",
            "BaseModelInference._return_guardrails_stats",
            streams.taken,
            lost="streams of texts tell neither tokens nor finish reasons",
        )
        embed, rank = traced(Method(telemetry, calls.embeddings)), traced(Method(telemetry, calls.rerank))
        module = f"{_MODELS}.embeddings.embeddings"
        yield Patch(module, "Embeddings.generate", embed)
        yield Patch(module, "Embeddings.agenerate", embed)
        yield Patch(f"{_MODELS}.rerank.rerank", "Rerank.generate", rank)
