# SPDX-License-Identifier: Apache-2.0
"""LiveKit Agents: a session of text for each run, which does not ask a model again that has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.agents import chat
from bench.agents import model as ours
from bench.agents.model import ASK, TURNS
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.types import APIConnectOptions
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.plugins import openai

from spanwright.instrumentors.livekit_agents import LiveKitInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = LiveKitInstrumentor
DISTRIBUTIONS = ("livekit-agents",)
# A failed run would take seconds otherwise: the framework waits before it asks again.
_ONCE = SessionConnectOptions(llm_conn_options=APIConnectOptions(max_retry=0))


@function_tool
async def thermometer(room: str) -> str:
    """Tell the temperature of a room."""
    return ours.thermometer(room)


@function_tool
async def clock(place: str) -> str:
    """Tell the time of a place."""
    return ours.clock(place)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    asked = openai.LLM(model=chat.NAME, client=chat.client(model))

    async def run() -> object:
        async with AgentSession(llm=asked, conn_options=_ONCE, max_tool_steps=TURNS) as session:
            await session.start(Agent(instructions="You tell.", tools=[thermometer, clock], id="host"))
            return await session.run(user_input=ASK)

    return run
