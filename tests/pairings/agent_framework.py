# SPDX-License-Identifier: Apache-2.0
"""Agents of the Agent Framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_framework import Agent

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

_PLACE: dict[str, Any] = {"api_key": "test"}


def chat(provider: Provider) -> Any:
    from agent_framework.openai import OpenAIChatCompletionClient

    return Agent(
        OpenAIChatCompletionClient(model="gpt-4o-mini", base_url=provider.base_url, **_PLACE), name="host"
    )


def responses(provider: Provider) -> Any:
    from agent_framework.openai import OpenAIChatClient

    return Agent(OpenAIChatClient(model="gpt-4o-mini", base_url=provider.base_url, **_PLACE), name="host")


def messages(provider: Provider) -> Any:
    from agent_framework.anthropic import AnthropicClient
    from anthropic import AsyncAnthropic

    asked = AsyncAnthropic(base_url=provider.url, api_key="test")
    return Agent(AnthropicClient(model="claude-haiku-4-5", anthropic_client=asked), name="host")


def gemini(provider: Provider) -> Any:
    from agent_framework_gemini import GeminiChatClient
    from google import genai

    asked = genai.Client(api_key="test", http_options=genai.types.HttpOptions(base_url=provider.url))
    return Agent(GeminiChatClient(model="gemini-2.5-flash", client=asked), name="host")


async def whole(agent: Any) -> None:
    await agent.run("hi")


async def streamed(agent: Any) -> None:
    async for _ in agent.run("hi", stream=True):
        pass


WAYS = {whole: 1, streamed: 1}
