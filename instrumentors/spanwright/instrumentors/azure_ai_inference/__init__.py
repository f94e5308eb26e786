# SPDX-License-Identifier: Apache-2.0
"""Azure's inference SDK, which can trace itself: chat completions and embeddings of texts and of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_MODELS = "azure.ai.inference.models._patch"


class AzureAIInferenceInstrumentor(Instrumentor):
    """Patches the public methods, beneath which there is but the pipeline of every Azure SDK."""

    supports = ("azure-ai-inference >= 1.0.0b1, < 2",)
    watches = ("azure.ai.inference",)
    captures = "chat completions and their streams, embeddings of texts and of images"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import after, traced
        from spanwright.instrumentors.azure_ai_inference import streams
        from spanwright.instrumentors.azure_ai_inference.calls import Calls
        from spanwright.instrumentors.azure_ai_inference.native import swap

        calls = Calls(telemetry)
        for module in ("azure.ai.inference._patch", "azure.ai.inference.aio._patch"):
            yield Patch(module, "ChatCompletionsClient.complete", traced(calls.chat))
            yield Patch(module, "EmbeddingsClient.embed", traced(calls.embeddings))
            yield Patch(module, "ImageEmbeddingsClient.embed", traced(calls.embeddings), optional=True)
        # The stream is the SDK's own kind of iterator and of context manager, so its class is what is observed.
        yield Patch(_MODELS, "StreamingChatCompletions.__next__", streams.stepped)
        yield Patch(_MODELS, "StreamingChatCompletions.close", after(streams.closed))
        yield Patch(_MODELS, "AsyncStreamingChatCompletions.__anext__", streams.stepped)
        yield Patch(_MODELS, "AsyncStreamingChatCompletions.aclose", after(streams.closed))
        native = swap(telemetry)
        yield OnImport("azure.ai.inference.tracing", native.place, native.remove)
