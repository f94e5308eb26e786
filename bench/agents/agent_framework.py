# SPDX-License-Identifier: Apache-2.0
"""The Agent Framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_framework import Agent
from agent_framework.openai import OpenAIChatCompletionClient
from bench.agents import chat
from bench.agents.model import ASK, clock, thermometer

from spanwright.instrumentors.agent_framework import AgentFrameworkInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = AgentFrameworkInstrumentor
DISTRIBUTIONS = ("agent-framework-core",)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    asked = OpenAIChatCompletionClient(model=chat.NAME, async_client=chat.client(model))
    host = Agent(asked, name="host", tools=[thermometer, clock])
    return lambda: host.run(ASK)
