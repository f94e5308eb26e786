# SPDX-License-Identifier: Apache-2.0
"""Voyage's SDK: embeddings of texts, documents, images and videos, and reranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CLIENTS = (("voyageai.client", "Client"), ("voyageai.client_async", "AsyncClient"))
_RESOURCE = "voyageai.api_resources.api_resource"
_LATER = ("multimodal_embed", "contextualized_embed")


class VoyageAIInstrumentor(Instrumentor):
    """Patches the clients' methods, around their retries, and below them what every request passes."""

    supports = ("voyageai >= 0.3.2, < 0.6",)
    watches = ("voyageai",)
    captures = "embeddings (also multimodal and contextualized), reranking"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.voyageai.endpoints import Endpoints

        endpoints = Endpoints(telemetry)
        for module, client in _CLIENTS:
            for name, seam in endpoints.methods():
                yield Patch(module, f"{client}.{name}", traced(seam), optional=name in _LATER)
        # The module's own resources, which the clients use as well.
        resource = traced(endpoints.resource())
        for name in ("create", "acreate"):
            yield Patch(_RESOURCE, f"APIResource.{name}", resource)
        lost = "the model that answered a client's call"
        yield Patch(_RESOURCE, "convert_to_voyage_response", endpoints.converted, optional=True, lost=lost)
