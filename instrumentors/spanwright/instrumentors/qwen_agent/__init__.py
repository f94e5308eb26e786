# SPDX-License-Identifier: Apache-2.0
"""Qwen-Agent: agents, the agents that they ask, tools, searches in files, and the models of every provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_AGENT = "qwen_agent.agent"


class QwenAgentInstrumentor(Instrumentor):
    """Stands around the methods that every agent and model inherits and none overrides."""

    supports = ("qwen-agent >= 0.0.20, < 1",)
    watches = ("qwen_agent",)
    captures = "agents, tools, searches in files, models"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.qwen_agent.agents import Agents, Searches, Tools
        from spanwright.instrumentors.qwen_agent.models import chats

        agents, tools = traced(Agents(telemetry)), traced(Tools(telemetry))
        yield Patch(_AGENT, "Agent.run", agents, lost="agents have no spans")
        yield Patch(_AGENT, "Agent._call_tool", tools, lost="tools have no spans")
        lost = "model calls have the spans of their clients alone"
        yield Patch("qwen_agent.llm.base", "BaseChatModel.chat", chats(telemetry), lost=lost)
        searches = traced(Searches(telemetry))
        yield Patch("qwen_agent.tools.retrieval", "Retrieval.call", searches, lost="searches have no spans")
