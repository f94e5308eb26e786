# SPDX-License-Identifier: Apache-2.0
"""LiveKit Agents: a session of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


@function_tool
async def thermometer(room: str) -> str:
    """Tell the temperature of a room."""
    return ours.thermometer(room)


@function_tool
async def clock(place: str) -> str:
    """Tell the time of a place."""
    return ours.clock(place)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once, in a session of its own."""
    asked: Any = openai.LLM(model=chat.NAME, client=chat.client(model))
    tried_once = SessionConnectOptions(llm_conn_options=APIConnectOptions(max_retry=0))

    async def run() -> object:
        host = Agent(instructions="You tell.", tools=[thermometer, clock], id="host")
        async with AgentSession(llm=asked, max_tool_steps=TURNS, conn_options=tried_once) as session:
            await session.start(host)
            return await session.run(user_input=ASK)

    return run
