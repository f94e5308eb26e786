# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's inference clients, to whichever provider or server they send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CLIENT = "huggingface_hub.inference._client"
_ASYNC_CLIENT = "huggingface_hub.inference._generated._async_client"


class HuggingFaceHubInstrumentor(Instrumentor):
    """Patches the one method of each client that sends what a provider's helper has prepared."""

    supports = ("huggingface_hub >= 0.28, < 3",)
    # Not the package: other libraries import it to fetch files, and never make a client.
    watches = (_CLIENT, _ASYNC_CLIENT)
    captures = (
        "chat completion, text generation, feature extraction, images, speech, video, summaries, translation"
    )

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families.methods import Method
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.huggingface_hub.tasks import find

        call = traced(Method(telemetry, find))
        # Private, yet the same since 0.28: the address, the model's name at the provider and the body are known here alone.
        yield Patch(_CLIENT, "InferenceClient._inner_post", call)
        yield Patch(_ASYNC_CLIENT, "AsyncInferenceClient._inner_post", call)
