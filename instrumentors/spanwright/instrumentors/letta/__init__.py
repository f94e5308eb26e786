# SPDX-License-Identifier: Apache-2.0
"""Letta's client: messages to agents, which run on Letta's server, and their memories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._families.speakers import Speaker

if TYPE_CHECKING:
    from spanwright.instrumentors._families.stainless import Endpoints
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class LettaInstrumentor(Speaker):
    """Patches what every request of Letta's clients passes."""

    supports = ("letta-client >= 1.0, < 2",)
    watches = ("letta_client",)
    captures = "messages to agents and in conversations; archives, passages and blocks of memory"
    clients = ("Letta", "AsyncLetta")
    provider = "letta"

    def endpoints(self, telemetry: Telemetry) -> Endpoints:
        """Return what knows the endpoints."""
        del telemetry
        from spanwright.instrumentors.letta.endpoints import LettaEndpoints

        return LettaEndpoints(self.provider)
