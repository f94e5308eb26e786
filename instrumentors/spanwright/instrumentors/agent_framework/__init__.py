# SPDX-License-Identifier: Apache-2.0
"""Microsoft's Agent Framework, which traces itself: what it tells of its agents and workflows goes to our spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_MODULE = "agent_framework.observability"


class AgentFrameworkInstrumentor(Instrumentor):
    """Stands at the functions with which the framework starts, fills and ends its spans."""

    supports = ("agent-framework-core >= 1.10, < 2",)
    watches = (_MODULE,)
    captures = "agents, tools, workflows and their executors, models of every provider, embeddings"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch | OnImport]:
        """Yield what is to be patched, all of it in the framework's one module of observability."""
        from spanwright.instrumentors.agent_framework.sessions import Sessions
        from spanwright.instrumentors.agent_framework.spans import Spans
        from spanwright.instrumentors.agent_framework.switches import Switches

        switches, spans, sessions = Switches(telemetry), Spans(telemetry), Sessions()
        yield OnImport(_MODULE, switches.place, switches.remove)
        lost = "agents, models, tools or workflows have no spans of ours"
        for name, wrapper in (
            ("_get_span", spans.current),
            ("_start_streaming_span", spans.stream),
            ("get_function_span", spans.current),
            ("_activate_span", spans.activated),
        ):
            yield Patch(_MODULE, name, wrapper, lost=lost, replaces=True)
        for name, wrapper in (
            ("workflow_tracer", spans.workflows),
            ("capture_exception", spans.failed),
            ("_capture_response", spans.answered),
        ):
            yield Patch(_MODULE, name, wrapper, lost=lost)
        # Tools take the name with them when they are imported.
        tools = "agent_framework._tools"
        yield Patch(tools, "get_function_span", spans.current, optional=True, replaces=True)
        yield Patch(tools, "capture_exception", spans.failed, optional=True)
        # Since 1.x a failed call has a metric of the framework's too, and messages are events.
        # Until then messages are written to the log as well.
        for name, wrapper in (
            ("_capture_operation_error", switches.counted),
            ("_capture_message_events_v1_36", switches.events),
            ("_capture_messages", spans.messages),
        ):
            yield Patch(_MODULE, name, wrapper, optional=True, replaces=True)
        yield Patch(_MODULE, "create_mcp_client_span", spans.protocol, optional=True)
        yield Patch("agent_framework._mcp", "create_mcp_client_span", spans.protocol, optional=True)
        lost = "conversations have no ids of sessions"
        yield Patch(_MODULE, "AgentTelemetryLayer._trace_agent_invocation", sessions.run, lost=lost)
        yield Patch(_MODULE, "_get_span_attributes", sessions.attributes, lost=lost)
