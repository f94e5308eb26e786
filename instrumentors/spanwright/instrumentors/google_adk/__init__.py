# SPDX-License-Identifier: Apache-2.0
"""Google's Agent Development Kit: runners, agents, workflows, tools and the models of every provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class GoogleAdkInstrumentor(Instrumentor):
    """Patches what agents, model calls and runs pass, and answers for the tracer that ADK has for itself."""

    supports = ("google-adk >= 1.19, < 3",)
    watches = ("google.adk",)
    captures = "runs, agents, sub-agents, workflows, tools, models of every provider"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.google_adk import native
        from spanwright.instrumentors.google_adk.agents import Agents
        from spanwright.instrumentors.google_adk.models import Models
        from spanwright.instrumentors.google_adk.runners import Runs, in_place

        agent = traced(Agents(telemetry))
        yield Patch("google.adk.agents.base_agent", "BaseAgent.run_async", agent)
        yield Patch("google.adk.agents.base_agent", "BaseAgent.run_live", agent)
        lost = "model calls have spans by the instrumentors of their clients alone"
        model = Models(telemetry)
        flow = "google.adk.flows.llm_flows.base_llm_flow"
        yield Patch(flow, "BaseLlmFlow._run_and_handle_error", model.run, lost=lost)
        run = traced(Runs(telemetry))
        lost = "runs of several agents have no workflow around them"
        yield Patch("google.adk.runners", "Runner.run_async", run, lost=lost)
        yield Patch("google.adk.runners", "Runner.run_live", run, lost=lost)
        lost = "runs that are not awaited are traces of their own"
        yield Patch("google.adk.runners", "Runner.run", in_place, lost=lost)
        yield from native.patches(telemetry)
