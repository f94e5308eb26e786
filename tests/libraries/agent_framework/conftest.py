# SPDX-License-Identifier: Apache-2.0
"""The Agent Framework instrumented together with the OpenAI SDK, and agents that ask the reference provider."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import openai
import pytest
from agent_framework import Agent
from agent_framework.openai import OpenAIChatCompletionClient

from alike.clients import *  # noqa: F403 - the clients that agents ask
from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself
from alike.weather import get_weather

if TYPE_CHECKING:
    from collections.abc import Callable


VERSION = tuple(int(part) for part in version("agent-framework-core").split(".")[:2])


@pytest.fixture
def model(client: openai.AsyncOpenAI) -> Callable[..., Any]:
    """Return a maker of chat clients of the framework."""
    return lambda name="gpt-4o-mini": OpenAIChatCompletionClient(model=name, async_client=client)


@pytest.fixture
def make(model: Callable[..., Any]) -> Callable[..., Agent]:
    """Return a maker of agents."""

    def made(name: str | None = "Forecaster", **settings: Any) -> Agent:
        return Agent(settings.pop("client", None) or model(), name=name, **settings)

    return made


@pytest.fixture
def forecaster(make: Callable[..., Agent]) -> Agent:
    """Return an agent with a tool."""
    return make(instructions="You tell the weather.", description="Knows the weather.", tools=[get_weather])


@pytest.fixture
def boss(make: Callable[..., Agent], forecaster: Agent) -> Agent:
    """Return an agent that has the other one as a tool."""
    return make("Boss", tools=[forecaster.as_tool(name="ask_weather", arg_name="question")])
