# SPDX-License-Identifier: Apache-2.0
"""Semantic Kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents import chat
from bench.agents.model import ANSWER, ASK, TURNS, called, clock, thermometer
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.functions import kernel_function

from spanwright.instrumentors.semantic_kernel import SemanticKernelInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = SemanticKernelInstrumentor
DISTRIBUTIONS = ("semantic-kernel",)


class Hall:
    """The plugin that holds the tools."""

    thermometer = staticmethod(kernel_function(thermometer))
    clock = staticmethod(kernel_function(clock))


def _replied(done: int) -> dict[str, Any]:
    name, arguments = called(done)
    return chat.calls(done, f"Hall-{name}", arguments) if done < TURNS - 1 else chat.says(ANSWER)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    wire = chat.Wire(chat.USUAL.count, _replied)
    service = OpenAIChatCompletion(ai_model_id=chat.NAME, async_client=chat.client(model, wire))
    calls = FunctionChoiceBehavior.Auto(maximum_auto_invoke_attempts=TURNS)
    host = ChatCompletionAgent(name="host", service=service, plugins=[Hall()], function_choice_behavior=calls)
    return lambda: host.get_response(ASK)
