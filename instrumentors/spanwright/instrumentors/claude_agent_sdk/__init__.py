# SPDX-License-Identifier: Apache-2.0
"""The Claude Agent SDK: runs of Claude Code in a process of its own, told from the messages that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CLIENT = "claude_agent_sdk.client"
_QUERY = "claude_agent_sdk._internal.query"
_PROCESS = "claude_agent_sdk._internal.transport.subprocess_cli"


class ClaudeAgentSdkInstrumentor(Instrumentor):
    """Spans of runs, model calls, tools and sub-agents; the trace goes on into Claude Code's process."""

    supports = ("claude-agent-sdk >= 0.1.7, < 1",)
    watches = ("claude_agent_sdk",)
    captures = "runs of `query` and `ClaudeSDKClient`, model calls, tools, sub-agents; context for Claude Code's process"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch]:
        """Patch where a run starts, where messages come in, and where Claude Code asks something of this process.

        The modules are private; `query` and the client are public, and functions that were imported before.
        """
        from spanwright.instrumentors._kernel.call import after, traced
        from spanwright.instrumentors.claude_agent_sdk import places
        from spanwright.instrumentors.claude_agent_sdk.starts import Clients, Queries

        clients = Clients(telemetry)
        yield Patch(
            "claude_agent_sdk._internal.client", "InternalClient.process_query", traced(Queries(telemetry))
        )
        yield Patch(_CLIENT, "ClaudeSDKClient.connect", clients.connect)
        yield Patch(_CLIENT, "ClaudeSDKClient.query", clients.query)
        lost = "runs have no model calls, tools and sub-agents"
        yield Patch(_QUERY, "Query.start", places.start, lost=lost)
        yield Patch(_QUERY, "Query.receive_messages", places.receive, lost=lost)
        yield Patch(_QUERY, "Query.close", after(places.close), lost=lost)
        lost = "what runs in this process for Claude Code does not nest under its tools"
        yield Patch(_QUERY, "Query._handle_control_request", places.handle, lost=lost)
        yield Patch(_PROCESS, "SubprocessCLITransport.read_messages", places.read, lost=lost)
        lost = "prompts that are streams have no content"
        yield Patch(_PROCESS, "SubprocessCLITransport.write", places.write, lost=lost)
        lost = "the trace does not go on into Claude Code's process"
        yield Patch(_PROCESS, "SubprocessCLITransport.connect", places.launch(telemetry), lost=lost)
