# SPDX-License-Identifier: Apache-2.0
"""The Agent Framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_framework import Agent
from agent_framework.openai import OpenAIChatCompletionClient
from bench.agents.model import ASK, clock, thermometer

from spanwright.instrumentors.agent_framework import AgentFrameworkInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

INSTRUMENTOR = AgentFrameworkInstrumentor
DISTRIBUTIONS = ("agent-framework-core",)


def agent(client: Any) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    model = OpenAIChatCompletionClient(model="gpt-4o-mini", async_client=client)
    host = Agent(model, name="host", tools=[thermometer, clock])
    return lambda: host.run(ASK)
