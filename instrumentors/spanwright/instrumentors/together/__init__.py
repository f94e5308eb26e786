# SPDX-License-Identifier: Apache-2.0
"""The Together SDK from 2.0 on; before, it was written by hand and is another library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._families.speakers import Speaker

if TYPE_CHECKING:
    from spanwright.instrumentors._families.stainless import Endpoints
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class TogetherInstrumentor(Speaker):
    """Patches what every request of Together's clients passes."""

    supports = ("together >= 2.0, < 4",)
    watches = ("together",)
    captures = "chat, completions, embeddings, images, speech, transcription and translation, rerank"
    clients = ("Together", "AsyncTogether")
    provider = "together_ai"

    def endpoints(self, telemetry: Telemetry) -> Endpoints:
        """Return what knows the endpoints."""
        del telemetry
        from spanwright.instrumentors.together.endpoints import TogetherEndpoints

        return TogetherEndpoints(self.provider)
