# SPDX-License-Identifier: Apache-2.0
"""The OpenAI Agents SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents.model import ASK, TURNS, clock, thermometer

import agents
from spanwright.instrumentors.openai_agents import OpenAIAgentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

INSTRUMENTOR = OpenAIAgentsInstrumentor
DISTRIBUTIONS = ("openai-agents",)
# Its own exporter would ask a server.
agents.set_trace_processors([])


def agent(client: Any) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    model = agents.OpenAIChatCompletionsModel("gpt-4o-mini", client)
    tools: list[Any] = [agents.function_tool(each) for each in (thermometer, clock)]
    host = agents.Agent("host", model=model, tools=tools)
    return lambda: agents.Runner.run(host, ASK, max_turns=TURNS)
