# SPDX-License-Identifier: Apache-2.0
"""The OpenAI Agents SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents import chat
from bench.agents.model import ASK, TURNS, clock, thermometer

import agents
from spanwright.instrumentors.openai_agents import OpenAIAgentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = OpenAIAgentsInstrumentor
DISTRIBUTIONS = ("openai-agents",)
# Its own exporter would ask a server.
agents.set_trace_processors([])


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    asked = agents.OpenAIChatCompletionsModel(chat.NAME, chat.client(model))
    tools: list[Any] = [agents.function_tool(each) for each in (thermometer, clock)]
    host = agents.Agent("host", model=asked, tools=tools)
    return lambda: agents.Runner.run(host, ASK, max_turns=TURNS)
