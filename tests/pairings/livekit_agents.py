# SPDX-License-Identifier: Apache-2.0
"""Sessions of LiveKit Agents, which stream whatever they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, AgentSession

from pairings.table import GIVEN, TAKEN

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

# The plugin adds the one token with which the stream begins to the number of them all, with which it ends.
MISTOLD = {"messages": GIVEN + TAKEN + 1}


def chat(provider: Provider) -> Any:
    from livekit.plugins import openai

    return openai.LLM(model="gpt-4o-mini", base_url=provider.base_url, api_key="test")


def responses(provider: Provider) -> Any:
    from livekit.plugins import openai

    told: dict[str, Any] = {"base_url": provider.base_url, "api_key": "test", "use_websocket": False}
    return openai.responses.LLM(model="gpt-4o-mini", **told)


def messages(provider: Provider) -> Any:
    from livekit.plugins import anthropic

    return anthropic.LLM(model="claude-haiku-4-5", base_url=provider.url, api_key="test")


def gemini(provider: Provider) -> Any:
    from google.genai import types
    from livekit.plugins import google

    place = types.HttpOptions(base_url=provider.url)
    return google.LLM(model="gemini-2.5-flash", api_key="test", http_options=place)


async def streamed(model: Any) -> None:
    async with AgentSession(llm=model) as session:
        await session.start(Agent(instructions="You greet.", id="host"))
        await session.run(user_input="hi")
    await model.aclose()


WAYS = {streamed: 1}
