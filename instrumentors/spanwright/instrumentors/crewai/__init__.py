# SPDX-License-Identifier: Apache-2.0
"""CrewAI: crews, flows and their steps, agents, tasks, tools, knowledge, memory and the models of every provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._families.hierarchies import Hierarchies
    from spanwright.instrumentors._kernel.call import Wrapper
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# `Agent.kickoff` runs a lite agent of its own until 1.7, `Agent.kickoff_async` that or the agent itself.
_AGENTS = ("crewai.agent", "Agent"), ("crewai.lite_agent", "LiteAgent")
_PROVIDERS = (
    ("crewai.llm", "LLM"),  # everything that goes by LiteLLM
    ("crewai.llms.providers.anthropic.completion", "AnthropicCompletion"),
    ("crewai.llms.providers.azure.completion", "AzureCompletion"),
    ("crewai.llms.providers.bedrock.completion", "BedrockCompletion"),
    ("crewai.llms.providers.gemini.completion", "GeminiCompletion"),
    ("crewai.llms.providers.openai.completion", "OpenAICompletion"),
    ("crewai.llms.providers.snowflake.completion", "SnowflakeCompletion"),
)
# Where flows are since 1.15, and before.
_FLOWS = ("crewai.flow.runtime", "crewai.flow.flow")
_TOOLS = (
    ("crewai.tools.base_tool", "BaseTool"),
    ("crewai.tools.base_tool", "Tool"),
)


class CrewAIInstrumentor(Instrumentor):
    """Stands around the framework's own calls; its event bus, and the telemetry that it sends home, are left alone."""

    supports = ("crewai >= 1.0, < 2",)
    watches = ("crewai",)
    captures = "crews, flows, agents, tasks, tools, knowledge, memory, models"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched. Asynchronous twins came later than what they are the twins of."""
        from spanwright.instrumentors._families.hierarchies import Hierarchies
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.crewai.models import Models

        call = traced(Models(telemetry))
        classes = Hierarchies(self.library)
        # After the framework's own, so that these are patched already.
        yield from _models(call)
        methods = {"call": call, "acall": call}
        yield classes.below("crewai.llms.base_llm", "BaseLLM", methods, promises=True)
        yield from _orchestration(telemetry, classes)
        yield from _tools(telemetry)
        yield from _memories(telemetry)


def _orchestration(telemetry: Telemetry, models: Hierarchies) -> Iterable[Patch]:
    from spanwright.instrumentors._kernel.call import traced
    from spanwright.instrumentors.crewai.agents import Agents
    from spanwright.instrumentors.crewai.crews import Crews, Tasks
    from spanwright.instrumentors.crewai.flows import Flows, Steps

    crew, task = traced(Crews(telemetry)), traced(Tasks(telemetry))
    yield Patch("crewai.crew", "Crew.kickoff", crew, lost="crews have no spans")
    yield Patch("crewai.crew", "Crew.akickoff", crew, optional=True)
    yield Patch("crewai.task", "Task._execute_core", task, lost="tasks have no spans")
    yield Patch("crewai.task", "Task._aexecute_core", task, optional=True)
    agent = traced(Agents(telemetry, models))
    yield Patch("crewai.agent", "Agent.execute_task", agent, lost="agents have no spans")
    yield Patch("crewai.agent", "Agent.aexecute_task", agent, optional=True)
    for module, kind in _AGENTS:
        for method in ("kickoff", "kickoff_async", "akickoff"):
            yield Patch(module, f"{kind}.{method}", agent, optional=True)
    flow, step = traced(Flows(telemetry)), traced(Steps(telemetry))
    for module in _FLOWS:
        for method in ("kickoff_async", "resume_async"):
            yield Patch(module, f"Flow.{method}", flow, optional=True)
        # Without it, what a method of a flow calls stands under the flow itself.
        yield Patch(module, "Flow._execute_method", step, optional=True)


def _tools(telemetry: Telemetry) -> Iterable[Patch]:
    from spanwright.instrumentors._kernel.call import traced
    from spanwright.instrumentors.crewai import tools
    from spanwright.instrumentors.crewai.knowledge import Knowledge

    run = traced(tools.Tools(telemetry))
    for module, kind in _TOOLS:
        yield Patch(module, f"{kind}.run", run, lost="tools have no spans")
        yield Patch(module, f"{kind}.arun", run, optional=True)
    structured = traced(tools.Structured(telemetry))
    yield Patch(
        "crewai.tools.structured_tool", "CrewStructuredTool.invoke", structured, lost="tools have no spans"
    )
    yield Patch("crewai.tools.structured_tool", "CrewStructuredTool.ainvoke", structured, optional=True)
    # Functions that were handed to a model together with the question, without any agent.
    yield Patch(
        "crewai.llms.base_llm",
        "BaseLLM._handle_tool_execution",
        traced(tools.Functions(telemetry)),
        optional=True,
    )
    # Without these, calls of tools have no ids and the names that the tools were given, not those that the model used.
    for module, kind in (
        ("crewai.agents.agent_executor", "AgentExecutor"),
        ("crewai.agents.crew_agent_executor", "CrewAgentExecutor"),
        ("crewai.experimental.agent_executor", "AgentExecutor"),
    ):
        yield Patch(module, f"{kind}._execute_single_native_tool_call", tools.called, optional=True)
    search = traced(Knowledge(telemetry))
    yield Patch("crewai.knowledge.knowledge", "Knowledge.query", search, lost="knowledge has no spans")
    yield Patch("crewai.knowledge.knowledge", "Knowledge.aquery", search, optional=True)


def _memories(telemetry: Telemetry) -> Iterable[Patch]:
    """Yield the patches of the memory that crews, agents and flows share since 1.10; before it there were four kinds."""
    from spanwright.instrumentors._kernel.call import traced
    from spanwright.instrumentors.crewai.memories import METHODS, Memories

    for method, operation in METHODS.items():
        seam = traced(Memories(telemetry, operation))
        yield Patch("crewai.memory.unified_memory", f"Memory.{method}", seam, lost="memory has no spans")


def _models(call: Wrapper) -> Iterable[Patch]:
    from spanwright.instrumentors.crewai import models

    for module, kind in _PROVIDERS:
        yield Patch(module, f"{kind}.call", call)
        yield Patch(module, f"{kind}.acall", call, optional=True)
    # Without these, a model whose client nobody traces has neither usage nor a time to the first chunk.
    base = "crewai.llms.base_llm"
    yield Patch(base, "BaseLLM._track_token_usage_internal", models.counted, optional=True)
    yield Patch(base, "BaseLLM._emit_stream_chunk_event", models.streamed, optional=True)
