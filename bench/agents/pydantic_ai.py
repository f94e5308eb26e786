# SPDX-License-Identifier: Apache-2.0
"""Pydantic AI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.agents import chat
from bench.agents.model import ASK, clock, thermometer
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from spanwright.instrumentors.pydantic_ai import PydanticAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = PydanticAIInstrumentor
DISTRIBUTIONS = ("pydantic-ai-slim",)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    asked = OpenAIChatModel(chat.NAME, provider=OpenAIProvider(openai_client=chat.client(model)))
    host = Agent(asked, name="host", tools=[thermometer, clock])
    return lambda: host.run(ASK)
