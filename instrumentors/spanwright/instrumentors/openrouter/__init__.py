# SPDX-License-Identifier: Apache-2.0
"""OpenRouter's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport, Patch
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class OpenRouterInstrumentor(Instrumentor):
    """Patches what every request passes."""

    supports = ("openrouter >= 0.0.22, < 2",)
    watches = ("openrouter",)
    captures = "chat, responses, text completions, embeddings, reranking"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families import speakeasy
        from spanwright.instrumentors._families.calls import Calls
        from spanwright.instrumentors.openrouter.endpoints import CALLS, PROVIDER, RANKINGS

        errors = ("errors.openroutererror:OpenRouterError",)
        return speakeasy.patches(telemetry, "openrouter", errors, Calls(PROVIDER, CALLS, RANKINGS))
