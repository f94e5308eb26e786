# SPDX-License-Identifier: Apache-2.0
"""Semantic Kernel instrumented together with the OpenAI SDK, agents that ask the reference provider, and their plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.functions import kernel_function

from alike.clients import *  # noqa: F403 - the clients that agents ask
from alike.layers import shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider import Provider

MODEL = "gpt-4o-mini"
SAID = "It is sunny in Lisbon, they say."


@pytest.fixture
def make(client: openai.AsyncOpenAI) -> Callable[..., ChatCompletionAgent]:
    """Return a maker of agents."""

    def made(name: str = "forecaster", model: str = MODEL, **settings: Any) -> ChatCompletionAgent:
        service = OpenAIChatCompletion(ai_model_id=model, async_client=client)
        given: dict[str, Any] = {"instructions": "You tell.", **settings}
        return ChatCompletionAgent(name=name, service=service, **given)

    return made


class Weather:
    """A plugin with one function."""

    @kernel_function(description="Get the weather of a city.")
    def get_weather(self, city: str) -> str:
        """Get the weather of a city."""
        return f"It is sunny in {city}."


@pytest.fixture
def forecaster(make: Callable[..., ChatCompletionAgent], provider: Provider) -> ChatCompletionAgent:
    """Return an agent with a plugin, whose model calls its function once."""
    provider.say(Reply(tool_calls=[ToolCall("Weather-get_weather", {"city": "Lisbon"})]), Reply(SAID))
    return make(plugins=[Weather()], description="Knows the weather.")
