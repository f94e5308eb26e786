# SPDX-License-Identifier: Apache-2.0
"""Agno."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from bench.agents import chat
from bench.agents.model import ASK, clock, thermometer

from spanwright.instrumentors.agno import AgnoInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = AgnoInstrumentor
DISTRIBUTIONS = ("agno",)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    asked = OpenAIChat(chat.NAME, api_key="test", async_client=chat.client(model))
    host = Agent(name="host", model=asked, tools=[thermometer, clock], telemetry=False)
    return lambda: host.arun(ASK)
