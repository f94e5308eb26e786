# SPDX-License-Identifier: Apache-2.0
"""LiveKit Agents, which trace themselves: sessions, turns, models and tools become our spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_TRACES = "livekit.agents.telemetry.traces"
_METRICS = "livekit.agents.telemetry.otel_metrics"


class LiveKitInstrumentor(Instrumentor):
    """Answers in the place of the framework's tracer."""

    supports = ("livekit-agents >= 1.8, < 2",)
    watches = ("livekit.agents",)
    captures = "sessions, agents' turns, tools, models of every plugin, speech and turn detection as steps"

    def patches(self, telemetry: Telemetry) -> Iterator[OnImport]:
        """Put ours in the place of the framework's one tracer, and have its copies of our metrics silent."""
        from spanwright.instrumentors.livekit_agents.natives import Meters, Tracers

        tracers = Tracers(telemetry)
        yield OnImport(_TRACES, tracers.place, tracers.remove)
        meters = Meters(tracers)
        yield OnImport(_METRICS, meters.place, meters.remove)
