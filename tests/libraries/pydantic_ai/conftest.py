# SPDX-License-Identifier: Apache-2.0
"""Pydantic AI instrumented together with the OpenAI SDK, agents that ask the reference provider, and their tools."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from alike.clients import *  # noqa: F403 - the clients that agents ask
from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself
from alike.weather import get_weather
from lacking import needing

if TYPE_CHECKING:
    from collections.abc import Callable


VERSION = tuple(int(part) for part in version("pydantic-ai-slim").split(".")[:2])
# What a test needs of the library, by its marker's argument.
_SINCE = {
    "a run has a conversation": (1, 80),
    "cached tokens are told": (1, 40),
    "embeddings": (1, 40),
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(feature): skip where the installed Pydantic AI has it not")
    # OpenTelemetry's SDK of the oldest lane, which newer versions of the API do not fit, warns of what it does itself.
    config.addinivalue_line("filterwarnings", "ignore:LogRecord init with")


pytest_collection_modifyitems = needing(VERSION, _SINCE)


@pytest.fixture
def model(client: openai.AsyncOpenAI) -> OpenAIChatModel:
    """Return a model that asks the reference provider."""
    return OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(openai_client=client))


@pytest.fixture
def make(model: OpenAIChatModel) -> Callable[..., Agent[Any, Any]]:
    """Return a maker of agents."""

    def made(name: str = "Forecaster", **settings: Any) -> Agent[Any, Any]:
        return Agent(settings.pop("model", model), name=name, **settings)

    return made


@pytest.fixture
def forecaster(make: Callable[..., Agent[Any, Any]]) -> Agent[Any, Any]:
    """Return an agent with a tool."""
    return make(instructions="You tell the weather.", tools=[get_weather])


@pytest.fixture
def boss(make: Callable[..., Agent[Any, Any]], forecaster: Agent[Any, Any]) -> Agent[Any, Any]:
    """Return an agent that has the other one behind a tool."""

    async def ask_weather(question: str) -> str:
        """Ask about the weather."""
        return (await forecaster.run(question)).output

    return make("Boss", tools=[ask_weather])
