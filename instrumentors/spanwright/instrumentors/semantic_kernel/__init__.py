# SPDX-License-Identifier: Apache-2.0
"""Semantic Kernel: agents, functions as tools, orchestrations; its models are those of the clients beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_AGENTS = "semantic_kernel.agents"
_KINDS = (
    ("chat_completion.chat_completion_agent", "ChatCompletionAgent"),
    ("open_ai.openai_assistant_agent", "OpenAIAssistantAgent"),
    ("open_ai.openai_responses_agent", "OpenAIResponsesAgent"),
    ("azure_ai.azure_ai_agent", "AzureAIAgent"),
    ("bedrock.bedrock_agent", "BedrockAgent"),
    ("copilot_studio.copilot_studio_agent", "CopilotStudioAgent"),
    ("autogen.autogen_conversable_agent", "AutoGenConversableAgent"),
)
_ORCHESTRATIONS = (
    ("sequential", "SequentialOrchestration"),
    ("concurrent", "ConcurrentOrchestration"),
    ("group_chat", "GroupChatOrchestration"),
    ("handoffs", "HandoffOrchestration"),
    ("magentic", "MagenticOrchestration"),
)
_RUNTIME = f"{_AGENTS}.runtime.in_process.in_process_runtime"


class SemanticKernelInstrumentor(Instrumentor):
    """Runs of agents and orchestrations with their functions, in the place of the spans that the library makes itself."""

    supports = ("semantic-kernel >= 1.35, < 2",)
    watches = ("semantic_kernel",)
    captures = "agents, kernel functions as tools, orchestrations, group chats"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch | OnImport]:
        """Patch what runs, and take the place of the library's own tracers."""
        yield from _runs(telemetry)
        yield from _orchestrations(telemetry)
        yield from _natives(telemetry)


def _runs(telemetry: Telemetry) -> Iterator[Patch]:
    from spanwright.instrumentors._kernel.call import traced
    from spanwright.instrumentors.semantic_kernel.agents import Agents
    from spanwright.instrumentors.semantic_kernel.functions import Functions

    running, calling = traced(Agents(telemetry)), traced(Functions(telemetry))
    for module, kind in _KINDS:
        for method in ("get_response", "invoke", "invoke_stream"):
            yield Patch(f"{_AGENTS}.{module}", f"{kind}.{method}", running, lost=f"{kind} has no spans")
    function = "semantic_kernel.functions.kernel_function"
    yield Patch(function, "KernelFunction.invoke", calling, lost="functions have no spans")
    yield Patch(function, "KernelFunction.invoke_stream", calling, lost="streamed functions have no spans")


def _orchestrations(telemetry: Telemetry) -> Iterator[Patch]:
    from spanwright.instrumentors._families.runtimes import Messages
    from spanwright.instrumentors._kernel.call import traced
    from spanwright.instrumentors.semantic_kernel.orchestrations import GroupChats, Orchestrations

    orchestrations, messages = Orchestrations(telemetry), Messages(telemetry)
    base, lost = f"{_AGENTS}.orchestration.orchestration_base", "orchestrations have no spans"
    yield Patch(base, "OrchestrationBase.invoke", traced(orchestrations), lost=lost)
    yield Patch(base, "OrchestrationResult.cancel", orchestrations.cancel, lost="cancelled ones do not end")
    for module, kind in _ORCHESTRATIONS:
        place = f"{_AGENTS}.orchestration.{module}"
        yield Patch(place, f"{kind}._prepare", orchestrations.prepare, lost="it ends when it has begun")
    chats = traced(GroupChats(telemetry))
    for method in ("invoke", "invoke_stream"):
        yield Patch(f"{_AGENTS}.group_chat.agent_group_chat", f"AgentGroupChat.{method}", chats)
    tracing = f"{_AGENTS}.runtime.core.telemetry.tracing"
    yield Patch(tracing, "TraceHelper.trace_block", messages.block, lost="messages have spans", replaces=True)
    lost = "agents of a runtime that was started elsewhere are in other traces"
    yield Patch(_RUNTIME, "get_telemetry_envelope_metadata", messages.sent, lost=lost)
    yield Patch(_RUNTIME, "InProcessRuntime._process_send", messages.process, lost=lost)
    yield Patch(_RUNTIME, "InProcessRuntime._process_publish", messages.process, lost=lost)


def _natives(telemetry: Telemetry) -> Iterator[OnImport]:
    from spanwright.instrumentors.semantic_kernel.natives import swaps

    for module, swap in swaps(telemetry):
        yield OnImport(module, swap.place, swap.remove)
