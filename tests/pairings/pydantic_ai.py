# SPDX-License-Identifier: Apache-2.0
"""Agents of Pydantic AI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pydantic_ai

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def chat(provider: Provider) -> Any:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    told = OpenAIProvider(base_url=provider.base_url, api_key="test")
    return pydantic_ai.Agent(OpenAIChatModel("gpt-4o-mini", provider=told), name="host")


def responses(provider: Provider) -> Any:
    from pydantic_ai.models.openai import OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    told = OpenAIProvider(base_url=provider.base_url, api_key="test")
    return pydantic_ai.Agent(OpenAIResponsesModel("gpt-4o-mini", provider=told), name="host")


def messages(provider: Provider) -> Any:
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    told = AnthropicProvider(anthropic_client=AsyncAnthropic(base_url=provider.url, api_key="test"))
    return pydantic_ai.Agent(AnthropicModel("claude-haiku-4-5", provider=told), name="host")


def gemini(provider: Provider) -> Any:
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    told = GoogleProvider(api_key="test", base_url=provider.url)
    return pydantic_ai.Agent(GoogleModel("gemini-2.5-flash", provider=told), name="host")


async def whole(agent: Any) -> None:
    await agent.run("hi")


async def streamed(agent: Any) -> None:
    async with agent.run_stream("hi") as run:
        async for _ in run.stream_text():
            pass


WAYS = {whole: 1, streamed: 1}
