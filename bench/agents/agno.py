# SPDX-License-Identifier: Apache-2.0
"""Agno."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from bench.agents.model import ASK, clock, thermometer

from spanwright.instrumentors.agno import AgnoInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

INSTRUMENTOR = AgnoInstrumentor
DISTRIBUTIONS = ("agno",)


def agent(client: Any) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    model = OpenAIChat("gpt-4o-mini", api_key="test", async_client=client)
    host = Agent(name="host", model=model, tools=[thermometer, clock], telemetry=False)
    return lambda: host.arun(ASK)
