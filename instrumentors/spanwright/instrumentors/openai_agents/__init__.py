# SPDX-License-Identifier: Apache-2.0
"""The OpenAI Agents SDK: runs, agents, handoffs, guardrails, tools, voice and the models of every provider."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# The SDK opens spans and traces of its own kinds at the same places whether its tracing is on (`Impl`) or off (`NoOp`).
_SPANS = ("SpanImpl", "NoOpSpan")
_TRACES = ("TraceImpl", "NoOpTrace")
_MODELS = (
    ("agents.models.openai_responses", "OpenAIResponsesModel"),
    ("agents.models.openai_chatcompletions", "OpenAIChatCompletionsModel"),
    ("agents.extensions.models.litellm_model", "LitellmModel"),
    ("agents.extensions.models.any_llm_model", "AnyLLMModel"),
)


class OpenAIAgentsInstrumentor(Instrumentor):
    """Follows the SDK's own spans without joining its tracing: no processor is added, replaced or needed."""

    supports = ("openai-agents >= 0.5, < 1",)
    watches = ("agents",)
    captures = "runs, agents, handoffs, guardrails, tools, models, voice pipelines"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched; nothing of an application's own package that has the SDK's name."""
        if not hasattr(sys.modules.get("agents"), "set_tracing_disabled"):
            return
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.openai_agents.models import Models
        from spanwright.instrumentors.openai_agents.runs import Runs
        from spanwright.instrumentors.openai_agents.spans import Spans
        from spanwright.instrumentors.openai_agents.tools import HostTools, noted_call, noted_tools
        from spanwright.instrumentors.openai_agents.traces import Traces
        from spanwright.instrumentors.openai_agents.voice import Voice

        runs, spans, traces = Runs(telemetry), Spans(telemetry), Traces(telemetry)
        lost = "agents, tools, handoffs and guardrails have no spans"
        for kind in _SPANS:
            yield Patch("agents.tracing.spans", f"{kind}.start", spans.start, lost=lost)
            yield Patch("agents.tracing.spans", f"{kind}.finish", spans.finish, lost=lost)
            yield Patch("agents.tracing.spans", f"{kind}.set_error", spans.set_error, optional=True)
        lost = "workflows have no spans, and conversations no ids"
        yield Patch("agents.run", "AgentRunner.run", runs.run, lost=lost)
        # A streamed run's loop, until 0.7 and since 0.8; without it that run has no workflow and no conversation id.
        yield Patch("agents.run", "AgentRunner._start_streaming", runs.stream, optional=True)
        yield Patch("agents.run", "start_streaming", runs.stream, optional=True)
        lost = "traces that the application opens are no workflows"
        yield Patch("agents.tracing.provider", "DefaultTraceProvider.create_trace", traces.create, lost=lost)
        for kind in _TRACES:
            yield Patch("agents.tracing.traces", f"{kind}.__enter__", traces.enter, lost=lost)
            yield Patch("agents.tracing.traces", f"{kind}.__exit__", traces.leave, lost=lost)
        whole, stream = traced(Models(telemetry, stream=False)), traced(Models(telemetry, stream=True))
        for module, kind in _MODELS:
            yield Patch(module, f"{kind}.get_response", whole)
            yield Patch(module, f"{kind}.stream_response", stream)
        lost = "tools and agents have no descriptions"
        yield Patch("agents.agent", "AgentBase.get_all_tools", noted_tools, lost=lost)
        lost = "tool calls have no ids"
        yield Patch("agents.tool_context", "ToolContext.from_agent_context", noted_call, lost=lost)
        voice = Voice(telemetry)
        yield Patch("agents.voice.pipeline", "VoicePipeline.run", voice.run, lost="voice has no workflow")
        # Since 0.10: tools of the host (shell, computer, ...), which have no span when a run has its tracing off.
        host = traced(HostTools(telemetry))
        yield Patch("agents.run_internal.tool_actions", "with_tool_function_span", host, optional=True)
