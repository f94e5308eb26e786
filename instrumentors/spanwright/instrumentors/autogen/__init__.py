# SPDX-License-Identifier: Apache-2.0
"""AutoGen: agents, teams and tools; its models are those of the clients beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_AGENTS = "autogen_agentchat.agents._base_chat_agent"
_TEAMS = "autogen_agentchat.teams._group_chat._base_group_chat"
_RUNTIME = "autogen_core._single_threaded_agent_runtime"
_TOOLS = "autogen_core.tools._base"


class AutoGenInstrumentor(Instrumentor):
    """Runs of agents and teams with their tools, in the place of the spans that AutoGen makes itself."""

    supports = ("autogen-agentchat >= 0.7.1, < 1", "autogen-core >= 0.7.1, < 1")
    watches = ("autogen_core",)
    captures = "agents, teams, tools"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch | OnImport]:
        """Patch what runs, and take the place of AutoGen's own tracer for what is run elsewhere."""
        from spanwright.instrumentors._families.runtimes import Messages
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.autogen.agents import agent, team
        from spanwright.instrumentors.autogen.natives import noted, swap
        from spanwright.instrumentors.autogen.seams import Runs, Tools

        running, calling = traced(Runs(telemetry, agent)), traced(Tools(telemetry))
        yield Patch(_AGENTS, "BaseChatAgent.run", running, lost="agents have no spans")
        yield Patch(_AGENTS, "BaseChatAgent.run_stream", running, lost="streamed agents have no spans")
        # `run` of a team goes through its `run_stream`.
        team_runs = traced(Runs(telemetry, team))
        yield Patch(_TEAMS, "BaseGroupChat.run_stream", team_runs, lost="teams have no spans")
        yield Patch(_TOOLS, "BaseTool.run_json", calling, lost="tools have no spans")
        yield Patch(_TOOLS, "BaseStreamTool.run_json_stream", calling, lost="streamed tools have no spans")
        natives = swap(telemetry)
        yield OnImport("autogen_core._telemetry._genai", natives.place, natives.remove)
        messages = Messages(telemetry)
        place = ("autogen_core._telemetry._tracing", "TraceHelper.trace_block")
        yield Patch(*place, messages.block, replaces=True)
        lost = "agents of a runtime that was started elsewhere are in other traces"
        yield Patch(_RUNTIME, "get_telemetry_envelope_metadata", messages.sent, lost=lost)
        yield Patch(_RUNTIME, "SingleThreadedAgentRuntime._process_send", messages.process, lost=lost)
        yield Patch(_RUNTIME, "SingleThreadedAgentRuntime._process_publish", messages.process, lost=lost)
        lost = "agents of teams have no content"
        container = "autogen_agentchat.teams._group_chat._chat_agent_container"
        yield Patch(container, "ChatAgentContainer._log_message", noted, lost=lost)
