# SPDX-License-Identifier: Apache-2.0
"""smolagents, which waits for its model in the calling thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents import chat
from bench.agents.model import ANSWER, ASK, TURNS, called, clock, thermometer
from smolagents import OpenAIModel, ToolCallingAgent, tool

from spanwright.instrumentors.smolagents import SmolagentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = SmolagentsInstrumentor
DISTRIBUTIONS = ("smolagents",)


def _replied(done: int) -> dict[str, Any]:
    return chat.calls(done, *(called(done) if done < TURNS - 1 else ("final_answer", {"answer": ANSWER})))


def _counted(asked: Any) -> int:
    """Return how many calls were made: the framework tells of them in the words of a user."""
    said = [each for each in asked["messages"] if each["role"] != "system"]
    return sum(each["role"] == "tool" or "Observation:" in str(each["content"]) for each in said)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    sender = chat.http(model, chat.Wire(_counted, _replied))
    options: Any = {"max_retries": 0, "http_client": sender}
    asked = OpenAIModel(chat.NAME, api_base=chat.URL, api_key="test", client_kwargs=options, retry=False)
    tools: list[Any] = [tool(each) for each in (thermometer, clock)]
    host = ToolCallingAgent(tools=tools, model=asked, name="host", description="It.", verbosity_level=-1)

    async def run() -> object:
        return host.run(ASK)

    return run
