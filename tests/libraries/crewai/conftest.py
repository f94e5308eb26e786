# SPDX-License-Identifier: Apache-2.0
"""CrewAI instrumented together with the OpenAI SDK, and agents that ask the reference provider."""

from __future__ import annotations

import os
import tempfile
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

# Nothing is asked of a terminal, and files go where they are thrown away.
_home = tempfile.TemporaryDirectory()
os.environ.update(CREWAI_TESTING="true", XDG_DATA_HOME=_home.name)

import pytest
from crewai import LLM, Agent, Crew, Task
from crewai.llms.providers.openai.completion import OpenAICompletion
from crewai.tools import tool
from opentelemetry import trace

from alike.layers import shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - a fixture
from lacking import needing
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider import Provider

VERSION = tuple(int(part) for part in version("crewai").split(".")[:2])
# What a test needs of the framework, by its marker's argument.
_SINCE = {
    "asynchronous crews": (1, 7),
    "calls of tools by the model's own means": (1, 9),
    "streamed crews": (1, 5),
}
NATIVE = _SINCE["calls of tools by the model's own means"] <= VERSION


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(feature): skip where the installed CrewAI has it not")


pytest_collection_modifyitems = needing(VERSION, _SINCE)


def calls(name: str, **arguments: Any) -> Reply:
    """Return the answer of a model that calls a tool, in the way in which the installed version reads it."""
    if NATIVE:
        return Reply(tool_calls=[ToolCall(name, arguments)])
    import json

    return Reply(f"Thought: I need it\nAction: {name}\nAction Input: {json.dumps(arguments)}")


def says(text: str) -> Reply:
    """Return the answer of a model that is done."""
    return Reply(text if NATIVE else f"Thought: I now know the answer\nFinal Answer: {text}")


@pytest.fixture
def llm(provider: Provider) -> Callable[..., Any]:
    """Return a maker of models that ask the reference provider."""

    def made(model: str = "gpt-4o-mini", **settings: Any) -> Any:
        # A name that the framework does not know goes to LiteLLM, or nowhere.
        kind = OpenAICompletion if ":" in model else LLM
        return kind(
            **{"model": model, "base_url": provider.base_url, "api_key": "test", "max_retries": 0, **settings}
        )

    return made


@tool("get_weather")
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    with trace.get_tracer("application").start_as_current_span("look up"):
        return f"It is sunny in {city}."


@pytest.fixture
def make(llm: Callable[..., Any]) -> Callable[..., Agent]:
    """Return a maker of agents."""

    def made(role: str = "Forecaster", **settings: Any) -> Agent:
        given = {
            "goal": "Tell the weather",
            "backstory": "You look out of the window.",
            "llm": llm(),
            **settings,
        }
        return Agent(role=role, **given)

    return made


@pytest.fixture
def crew(make: Callable[..., Agent]) -> Callable[..., Crew]:
    """Return a maker of crews of one agent with one task."""

    def made(agent: Agent | None = None, **settings: Any) -> Crew:
        agent = agent or make(tools=[get_weather])
        task = Task(
            name="report",
            description="Tell the weather in {city}.",
            expected_output="One sentence.",
            agent=agent,
        )
        return Crew(**{"name": "Morning", "agents": [agent], "tasks": [task], **settings})

    return made


@pytest.fixture
def spoken(provider: Provider) -> Provider:
    """Return the provider whose model calls the tool and then answers."""
    provider.say(calls("get_weather", city="Lisbon"), says("It is sunny."))
    return provider
