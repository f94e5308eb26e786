# SPDX-License-Identifier: Apache-2.0
"""The BeeAI framework instrumented together with the OpenAI SDK, agents that ask the reference provider, and tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from beeai_framework.adapters.openai import OpenAIChatModel
from beeai_framework.agents.requirement import RequirementAgent
from beeai_framework.backend import ChatModelParameters
from beeai_framework.tools import StringToolOutput, tool

from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself
from lacking import lacking
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider import Provider

pytest_runtest_call = lacking("beeai-framework", "0.1.80")
ASK = "How is the weather?"


def calls(name: str, **arguments: Any) -> Reply:
    """Return the answer of a model that calls a tool."""
    return Reply(tool_calls=[ToolCall(name, arguments)])


def says(text: str) -> Reply:
    """Return the answer of a model that is done."""
    return calls("final_answer", response=text)


@tool
def get_weather(city: str) -> StringToolOutput:
    """Get the weather of a city."""
    return StringToolOutput(f"It is sunny in {city}.")


@pytest.fixture
def model(provider: Provider) -> Callable[..., Any]:
    """Return a maker of models that ask the reference provider."""

    def made(name: str = "gpt-4o-mini", *, stream: bool | None = None, **settings: Any) -> Any:
        return OpenAIChatModel(
            name,
            base_url=provider.base_url,
            api_key="test",
            parameters=ChatModelParameters(stream=stream),
            **settings,
        )

    return made


@pytest.fixture
def make(model: Callable[..., Any]) -> Callable[..., Any]:
    """Return a maker of agents."""

    def made(name: str = "forecaster", *tools: Any, llm: Any = None, **settings: Any) -> Any:
        told = {"name": name, "description": "Knows the weather.", **settings}
        return RequirementAgent(llm=llm or model(), tools=list(tools), **told)

    return made


@pytest.fixture
def forecaster(make: Callable[..., Any]) -> Any:
    """Return an agent with a tool."""
    return make("forecaster", get_weather)


@pytest.fixture
def spoken(provider: Provider) -> Provider:
    """Return the provider whose model calls the tool and then answers."""
    provider.say(calls("get_weather", city="Lisbon"), says("It is sunny."))
    return provider
