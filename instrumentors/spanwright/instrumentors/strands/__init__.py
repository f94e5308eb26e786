# SPDX-License-Identifier: Apache-2.0
"""Strands Agents: agents, agents as tools, swarms, graphs, tools and the models of every provider."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport, Patch
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class StrandsInstrumentor(Instrumentor):
    """Stands in the place of the tracer that the SDK has for itself, and around the streams of its agents."""

    supports = ("strands-agents >= 1.18, < 2",)
    watches = ("strands",)
    captures = "agents, agents as tools, swarms, graphs, tools, models of every provider"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched; nothing of an application's own package that has the SDK's name."""
        if not hasattr(sys.modules.get("strands"), "Agent"):
            return
        from spanwright.instrumentors._kernel.patching import Patch
        from spanwright.instrumentors.strands.agents import Agents, Teams
        from spanwright.instrumentors.strands.native import Spans

        yield Patch("strands.agent.agent", "Agent.stream_async", Agents(telemetry).run)
        team = Teams(telemetry).run
        yield Patch("strands.multiagent.swarm", "Swarm.stream_async", team, optional=True)
        yield Patch("strands.multiagent.graph", "Graph.stream_async", team, optional=True)
        yield from Spans(telemetry).patches()
