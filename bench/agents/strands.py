# SPDX-License-Identifier: Apache-2.0
"""Strands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents import chat
from bench.agents.model import ASK, clock, thermometer
from strands import Agent, tool
from strands.models.openai import OpenAIModel

from spanwright.instrumentors.strands import StrandsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = StrandsInstrumentor
DISTRIBUTIONS = ("strands-agents",)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once; each agent is new, since one of them remembers what was said."""
    asked = OpenAIModel(client=chat.client(model), model_id=chat.NAME)
    tools: list[Any] = [tool(each) for each in (thermometer, clock)]

    async def run() -> object:
        host = Agent(name="host", model=asked, tools=tools, callback_handler=None)
        return await host.invoke_async(ASK)

    return run
