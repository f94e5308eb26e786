# SPDX-License-Identifier: Apache-2.0
"""Mistral's SDK: its own platform, and the clients for Azure and Google Cloud that come with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# Where errors are made: since 2.0, since 1.9, before.
_ERRORS = (
    *("errors.mistralerror:MistralError", "models.mistralerror:MistralError"),
    *("errors.mistralazureerror:MistralAzureError", "models.mistralazureerror:MistralAzureError"),
    *("errors.mistralgcperror:MistralGCPError", "models.mistralgcperror:MistralGCPError"),
    *("models.sdkerror:SDKError", "models.httpvalidationerror:HTTPValidationError"),
)


class MistralInstrumentor(Instrumentor):
    """Patches what every request passes, and lets our span take the place of the SDK's own."""

    supports = ("mistralai >= 1.0, < 4",)
    watches = ("mistralai", "mistralai_azure", "mistralai_gcp")
    captures = (
        "chat, fill-in-the-middle, agents, conversations, embeddings, document reading, transcription, speech, "
        "moderation, classification"
    )

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families import speakeasy
        from spanwright.instrumentors.mistralai import natives
        from spanwright.instrumentors.mistralai.endpoints import MistralEndpoints
        from spanwright.semconv.names import ProviderName

        packages = {
            "mistralai": ProviderName.MISTRAL_AI,
            "mistralai_azure": ProviderName.AZURE_AI_INFERENCE,
            "mistralai_gcp": ProviderName.GCP_VERTEX_AI,
        }
        for package, provider in packages.items():
            # Version 2 moved all of them beneath one name.
            moved = f"{package.replace('_', '.')}.client"
            endpoints = MistralEndpoints(provider)
            yield from speakeasy.patches(telemetry, package, _ERRORS, endpoints, early=True)
            yield from speakeasy.patches(telemetry, moved, _ERRORS, endpoints)
        for module in ("mistralai._hooks.tracing", "mistralai.client._hooks.tracing"):
            yield Patch(module, "get_traced_request_and_span", natives.replaced, optional=True)
