# SPDX-License-Identifier: Apache-2.0
"""smolagents instrumented together with the OpenAI SDK, and agents that ask the reference provider."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from smolagents import CodeAgent, OpenAIModel, ToolCallingAgent, tool

from alike.layers import shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - a fixture
from lacking import needing
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider import Provider

VERSION = tuple(int(part) for part in version("smolagents").split(".")[:2])
# What a test needs of the framework, by its marker's argument.
_SINCE = {"code that has a limit of time": (1, 24)}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(feature): skip where the installed smolagents has it not")


pytest_collection_modifyitems = needing(VERSION, _SINCE)


def calls(name: str, **arguments: Any) -> Reply:
    """Return the answer of a model that calls a tool."""
    return Reply(tool_calls=[ToolCall(name, arguments)])


def says(text: str) -> Reply:
    """Return the answer of a model that is done."""
    return calls("final_answer", answer=text)


def writes(code: str) -> Reply:
    """Return the answer of a model that writes code."""
    return Reply(f"Thought: I write code.\n<code>\n{code}\n</code>")


@pytest.fixture
def model(provider: Provider) -> Callable[..., Any]:
    """Return a maker of models that ask the reference provider."""

    def made(name: str = "gpt-4o-mini", **settings: Any) -> Any:
        return OpenAIModel(
            name, api_base=provider.base_url, api_key="test", client_kwargs={"max_retries": 0}, **settings
        )

    return made


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city.

    Args:
        city: The city.
    """
    return f"It is sunny in {city}."


@pytest.fixture
def make(model: Callable[..., Any]) -> Callable[..., ToolCallingAgent]:
    """Return a maker of agents that call tools."""

    def made(
        name: str | None = "forecaster", tools: Any = (get_weather,), **settings: Any
    ) -> ToolCallingAgent:
        return ToolCallingAgent(
            **{"tools": list(tools), "model": model(), "name": name, "verbosity_level": -1, **settings}
        )

    return made


@pytest.fixture
def coder(model: Callable[..., Any]) -> Callable[..., CodeAgent]:
    """Return a maker of agents that write code."""

    def made(name: str | None = "coder", tools: Any = (get_weather,), **settings: Any) -> CodeAgent:
        return CodeAgent(
            **{"tools": list(tools), "model": model(), "name": name, "verbosity_level": -1, **settings}
        )

    return made


@pytest.fixture
def spoken(provider: Provider) -> Provider:
    """Return the provider whose model calls the tool and then answers."""
    provider.say(calls("get_weather", city="Lisbon"), says("It is sunny."))
    return provider
