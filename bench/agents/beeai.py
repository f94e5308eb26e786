# SPDX-License-Identifier: Apache-2.0
"""The BeeAI framework, which asks its models by LiteLLM."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# Prices are asked of GitHub otherwise.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from beeai_framework.adapters.openai import OpenAIChatModel
from beeai_framework.agents.requirement import RequirementAgent
from beeai_framework.tools import StringToolOutput, tool
from bench.agents import chat
from bench.agents import model as ours
from bench.agents.model import ANSWER, ASK, TURNS, called

from spanwright.instrumentors.beeai import BeeAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = BeeAIInstrumentor
DISTRIBUTIONS = ("beeai-framework",)


@tool
def thermometer(room: str) -> StringToolOutput:
    """Tell the temperature of a room."""
    return StringToolOutput(ours.thermometer(room))


@tool
def clock(place: str) -> StringToolOutput:
    """Tell the time of a place."""
    return StringToolOutput(ours.clock(place))


def _replied(done: int) -> dict[str, Any]:
    return chat.calls(done, *(called(done) if done < TURNS - 1 else ("final_answer", {"response": ANSWER})))


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once; each agent is new, since one of them remembers what was said."""
    sender = chat.ahttp(model, chat.Wire(chat.USUAL.count, _replied))
    asked = OpenAIChatModel(chat.NAME, base_url=chat.URL, api_key="test")

    async def run() -> object:
        litellm.aclient_session = sender
        host = RequirementAgent(llm=asked, tools=[thermometer, clock], name="host", description="It.")
        return await host.run(ASK)

    return run
