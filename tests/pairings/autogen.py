# SPDX-License-Identifier: Apache-2.0
"""Agents of AutoGen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autogen_agentchat.agents import AssistantAgent

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

# The framework has no notion of its own of a model call.
LEFT = ("chat", "messages")


def chat(provider: Provider) -> Any:
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    return OpenAIChatCompletionClient(
        model="gpt-4o-mini",
        base_url=provider.base_url,
        api_key="test",
        stream_options={"include_usage": True},
    )


def messages(provider: Provider) -> Any:
    from autogen_ext.models.anthropic import AnthropicChatCompletionClient

    told: dict[str, Any] = {"vision": False, "function_calling": True, "json_output": False}
    return AnthropicChatCompletionClient(
        model="claude-haiku-4-5",
        base_url=provider.url,
        api_key="test",
        model_info={**told, "structured_output": False, "family": "unknown"},
    )


async def whole(model: Any) -> None:
    await AssistantAgent("host", model).run(task="hi")


async def streamed(model: Any) -> None:
    async for _ in AssistantAgent("host", model, model_client_stream=True).run_stream(task="hi"):
        pass


WAYS = {whole: 1, streamed: 1}
