# SPDX-License-Identifier: Apache-2.0
"""Agents of Strands, whose models are always asked for a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strands import Agent

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def _agent(model: Any) -> Agent:
    return Agent(name="host", model=model, callback_handler=None)


def chat(provider: Provider) -> Any:
    from strands.models.openai import OpenAIModel

    return _agent(
        OpenAIModel(client_args={"base_url": provider.base_url, "api_key": "test"}, model_id="gpt-4o-mini")
    )


def responses(provider: Provider) -> Any:
    from strands.models.openai_responses import OpenAIResponsesModel

    return _agent(
        OpenAIResponsesModel(
            client_args={"base_url": provider.base_url, "api_key": "test"}, model_id="gpt-4o-mini"
        )
    )


def messages(provider: Provider) -> Any:
    from strands.models.anthropic import AnthropicModel

    told = {"base_url": provider.url, "api_key": "test"}
    return _agent(AnthropicModel(client_args=told, model_id="claude-haiku-4-5", max_tokens=99))


def gemini(provider: Provider) -> Any:
    from strands.models.gemini import GeminiModel

    told = {"api_key": "test", "http_options": {"base_url": provider.url}}
    return _agent(GeminiModel(client_args=told, model_id="gemini-2.5-flash"))


def litellm(provider: Provider) -> Any:
    from strands.models.litellm import LiteLLMModel

    told = {"api_base": provider.base_url, "api_key": "test"}
    return _agent(LiteLLMModel(client_args=told, model_id="openai/gpt-4o-mini"))


def streamed(agent: Any) -> None:
    agent("hi")


async def streamed_to_the_caller(agent: Any) -> None:
    async for _ in agent.stream_async("hi"):
        pass


WAYS = {streamed: 1, streamed_to_the_caller: 1}
