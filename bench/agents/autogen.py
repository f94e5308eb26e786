# SPDX-License-Identifier: Apache-2.0
"""AutoGen's AgentChat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient
from bench.agents import chat
from bench.agents.model import ASK, TURNS, clock, thermometer

from spanwright.instrumentors.autogen import AutoGenInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = AutoGenInstrumentor
DISTRIBUTIONS = ("autogen-agentchat",)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once; each agent is new, since one of them remembers what was said."""
    options: Any = {"api_key": "test", "base_url": chat.URL, "max_retries": 0}
    asked = OpenAIChatCompletionClient(model=chat.NAME, http_client=chat.ahttp(model), **options)

    async def run() -> object:
        host = AssistantAgent("host", asked, tools=[thermometer, clock], max_tool_iterations=TURNS)
        return await host.run(task=ASK)

    return run
