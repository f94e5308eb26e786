# SPDX-License-Identifier: Apache-2.0
"""FastMCP, which traces itself from 3 on: what it tells of a message goes to our one span of that message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry


class FastMcpInstrumentor(Instrumentor):
    """FastMCP's own attributes on the spans of the protocol, which the instrumentor of `mcp` makes."""

    supports = ("fastmcp >= 2.10, < 5",)
    watches = ("fastmcp",)
    captures = "FastMCP's component and server names on the spans of `mcp`, in the place of its own spans"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch]:
        """Hand a tracer of ours to the two modules that start FastMCP's spans; before 3 it starts none."""
        from spanwright.instrumentors.fastmcp.tracers import stand_in

        del telemetry
        yield Patch("fastmcp.client.telemetry", "get_tracer", stand_in, optional=True)
        yield Patch("fastmcp.server.telemetry", "get_tracer", stand_in, optional=True)
