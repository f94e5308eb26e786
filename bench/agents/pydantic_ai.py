# SPDX-License-Identifier: Apache-2.0
"""Pydantic AI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents.model import ASK, clock, thermometer
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from spanwright.instrumentors.pydantic_ai import PydanticAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

INSTRUMENTOR = PydanticAIInstrumentor
DISTRIBUTIONS = ("pydantic-ai-slim",)


def agent(client: Any) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    model = OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(openai_client=client))
    host = Agent(model, name="host", tools=[thermometer, clock])
    return lambda: host.run(ASK)
