# SPDX-License-Identifier: Apache-2.0
"""Agents of Agno."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agno.agent import Agent

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def _agent(model: Any) -> Agent:
    return Agent(name="host", model=model, telemetry=False)


def chat(provider: Provider) -> Any:
    from agno.models.openai import OpenAIChat

    return _agent(OpenAIChat("gpt-4o-mini", base_url=provider.base_url, api_key="test"))


def responses(provider: Provider) -> Any:
    from agno.models.openai import OpenAIResponses

    return _agent(OpenAIResponses("gpt-4o-mini", base_url=provider.base_url, api_key="test"))


def messages(provider: Provider) -> Any:
    from agno.models.anthropic import Claude

    return _agent(Claude("claude-haiku-4-5", api_key="test", client_params={"base_url": provider.url}))


def gemini(provider: Provider) -> Any:
    from agno.models.google import Gemini
    from google.genai import Client, types

    asked = Client(api_key="test", http_options=types.HttpOptions(base_url=provider.url))
    return _agent(Gemini("gemini-2.5-flash", client=asked))


def litellm(provider: Provider) -> Any:
    from agno.models.litellm import LiteLLM

    return _agent(LiteLLM("openai/gpt-4o-mini", api_base=provider.base_url, api_key="test"))


def whole(agent: Any) -> None:
    agent.run("hi")


def streamed(agent: Any) -> None:
    for _ in agent.run("hi", stream=True):
        pass


WAYS = {whole: 1, streamed: 1}
