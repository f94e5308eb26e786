# SPDX-License-Identifier: Apache-2.0
"""The Anthropic SDK: messages and legacy completions, on Anthropic's own API, Bedrock, Vertex and Foundry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# The clients for other platforms inherit from these alone.
_CLIENTS = ("_base_client.SyncAPIClient", "_base_client.AsyncAPIClient")


class AnthropicInstrumentor(Instrumentor):
    """Patches the two methods that every request passes, and `close` of what may end a stream early."""

    supports = ("anthropic >= 0.40, < 3",)
    watches = ("anthropic",)
    captures = "messages, their streams and helpers, beta messages, tool runner, legacy completions"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families import stainless
        from spanwright.instrumentors.anthropic import helpers, native
        from spanwright.instrumentors.anthropic.endpoints import AnthropicEndpoints, prepared

        yield from stainless.patches(telemetry, "anthropic", _CLIENTS, AnthropicEndpoints(telemetry))
        yield from helpers.patches()
        # Both exist since 1.0. Without the first, prompts are not captured; without the second, a call has two spans.
        for client in _CLIENTS:
            yield Patch("anthropic", f"{client}._request", prepared, optional=True)
        place = ("anthropic._base_client", "start_api_call_span")
        yield Patch(*place, native.stand_in, optional=True, replaces=True)
