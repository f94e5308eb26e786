# SPDX-License-Identifier: Apache-2.0
"""AutoGen instrumented together with the OpenAI SDK, agents that ask the reference provider, and their tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient
from opentelemetry import trace

from alike.layers import shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from spanwright.console.provider import Provider

MODEL = "gpt-4o-mini"


@pytest.fixture
async def client(provider: Provider) -> AsyncIterator[Callable[..., OpenAIChatCompletionClient]]:
    """Return a maker of model clients that ask the reference provider."""
    clients: list[OpenAIChatCompletionClient] = []

    def made(**settings: Any) -> OpenAIChatCompletionClient:
        given: dict[str, Any] = {"model": MODEL, "max_retries": 0, **settings}
        if given["model"] != MODEL:
            given["model_info"] = {
                "vision": False,
                "function_calling": True,
                "json_output": True,
                "structured_output": True,
                "family": "unknown",
            }
        clients.append(OpenAIChatCompletionClient(base_url=provider.base_url, api_key="test", **given))
        return clients[-1]

    yield made
    for each in clients:
        await each.close()


@pytest.fixture
def make(client: Callable[..., OpenAIChatCompletionClient]) -> Callable[..., AssistantAgent]:
    """Return a maker of agents."""

    def made(name: str = "forecaster", model: str = MODEL, **settings: Any) -> AssistantAgent:
        return AssistantAgent(name, client(model=model), **{"system_message": "You tell.", **settings})

    return made


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    with trace.get_tracer("application").start_as_current_span("look up"):
        return f"It is sunny in {city}."


@pytest.fixture
def forecaster(make: Callable[..., AssistantAgent]) -> AssistantAgent:
    """Return an agent with a tool, which reads what the tool says."""
    return make(tools=[get_weather], description="Knows the weather.", reflect_on_tool_use=True)
