# SPDX-License-Identifier: Apache-2.0
"""Ollama's SDK: its clients and its module functions, against a local server or Ollama's own hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class OllamaInstrumentor(Instrumentor):
    """Patches the one method beneath all others: `from ollama import chat` holds a method that was bound before."""

    supports = ("ollama >= 0.4.7, < 1",)
    watches = ("ollama",)
    captures = "chat, generate, embed, embeddings"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families.lazy import lazy
        from spanwright.instrumentors.ollama.endpoints import OllamaEndpoints, streams

        call = lazy(telemetry, OllamaEndpoints().find, streams)
        # Private, yet the same since 0.4, and the only place that a method bound before passes.
        yield Patch("ollama._client", "Client._request", call)
        yield Patch("ollama._client", "AsyncClient._request", call)
