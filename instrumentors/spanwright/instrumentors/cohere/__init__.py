# SPDX-License-Identifier: Apache-2.0
"""Cohere's SDK: chat of both versions, generation, embeddings, reranking and classification, on all of its clients."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# The raw clients, to which every public method hands its call, `with_raw_response` included. They are asked for at
# each call, so what was made before instrumentation is seen as well. Fern generates them since 5.16.
_RAW = (
    ("cohere.raw_base_client", "RawBaseCohere", "v1"),
    ("cohere.raw_base_client", "AsyncRawBaseCohere", "v1"),
    ("cohere.v2.raw_client", "RawV2Client", "v2"),
    ("cohere.v2.raw_client", "AsyncRawV2Client", "v2"),
)
# Before that the public methods are the only place that sees answers and errors. A client binds some of them to
# itself when it is made, so that those of one made before instrumentation stay unseen.
_PUBLIC = (
    ("cohere.base_client", "BaseCohere", "v1"),
    ("cohere.base_client", "AsyncBaseCohere", "v1"),
    ("cohere.v2.client", "V2Client", "v2"),
    ("cohere.v2.client", "AsyncV2Client", "v2"),
)


class CohereInstrumentor(Instrumentor):
    """Patches the methods of the raw clients, which every call passes."""

    supports = ("cohere >= 5.11.4, < 8",)
    watches = ("cohere",)
    captures = "chat (v1 and v2), generation, embeddings, reranking, classification"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors._kernel.managed import managed
        from spanwright.instrumentors.cohere.endpoints import Endpoints

        endpoints = Endpoints(telemetry)
        raw = find_spec("cohere.raw_base_client") is not None
        for module, client, version in _RAW if raw else _PUBLIC:
            for name, seam in endpoints.seams(version):
                wrapper = managed(seam, endpoints.hand) if raw and name.endswith("_stream") else traced(seam)
                yield Patch(module, f"{client}.{name}", wrapper)
