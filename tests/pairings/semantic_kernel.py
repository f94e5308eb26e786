# SPDX-License-Identifier: Apache-2.0
"""Agents of Semantic Kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semantic_kernel.agents import ChatCompletionAgent

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

# The framework has no notion of its own of a model call.
LEFT = ("chat", "responses", "messages", "gemini")


def _agent(service: Any) -> ChatCompletionAgent:
    return ChatCompletionAgent(name="host", service=service, instructions="You tell.")


def chat(provider: Provider) -> Any:
    from openai import AsyncOpenAI
    from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion

    asked = AsyncOpenAI(base_url=provider.base_url, api_key="test", max_retries=0)
    return _agent(OpenAIChatCompletion(ai_model_id="gpt-4o-mini", async_client=asked))


def responses(provider: Provider) -> Any:
    from openai import AsyncOpenAI
    from semantic_kernel.agents import OpenAIResponsesAgent

    asked = AsyncOpenAI(base_url=provider.base_url, api_key="test", max_retries=0)
    return OpenAIResponsesAgent(ai_model_id="gpt-4o-mini", client=asked, name="host")


def messages(provider: Provider) -> Any:
    from anthropic import AsyncAnthropic
    from semantic_kernel.connectors.ai.anthropic import AnthropicChatCompletion

    asked = AsyncAnthropic(base_url=provider.url, api_key="test")
    return _agent(AnthropicChatCompletion(ai_model_id="claude-haiku-4-5", api_key="test", async_client=asked))


def gemini(provider: Provider) -> Any:
    from google.genai import Client, types
    from semantic_kernel.connectors.ai.google.google_ai import GoogleAIChatCompletion

    asked = Client(api_key="test", http_options=types.HttpOptions(base_url=provider.url))
    return _agent(GoogleAIChatCompletion(gemini_model_id="gemini-2.5-flash", api_key="test", client=asked))


async def whole(agent: Any) -> None:
    await agent.get_response("hi")


async def streamed(agent: Any) -> None:
    async for _ in agent.invoke_stream("hi"):
        pass


WAYS = {whole: 1, streamed: 1}
