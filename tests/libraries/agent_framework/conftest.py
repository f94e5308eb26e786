# SPDX-License-Identifier: Apache-2.0
"""The Agent Framework instrumented together with the OpenAI SDK, and agents that ask the reference provider."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import openai
import pytest
from agent_framework import Agent
from agent_framework.openai import OpenAIChatCompletionClient

from alike.runs import quiet  # noqa: F401 - it runs of itself
from spanwright.instrumentors.agent_framework import AgentFrameworkInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

VERSION = tuple(int(part) for part in version("agent-framework-core").split(".")[:2])
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with the Agent Framework and OpenAI instrumented, content off."""
    recorder.instrument(AgentFrameworkInstrumentor(), OpenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with the Agent Framework and OpenAI instrumented, content on spans."""
    recorder.instrument(AgentFrameworkInstrumentor(), OpenAIInstrumentor(), **{CAPTURE: "true"})
    return recorder


@pytest.fixture
def alone(recorder: Recorder) -> Recorder:
    """Return the recorder with nothing but the Agent Framework instrumented, content on spans."""
    recorder.instrument(AgentFrameworkInstrumentor(), **{CAPTURE: "true"})
    return recorder


@pytest.fixture
async def client(provider: Provider) -> AsyncIterator[openai.AsyncOpenAI]:
    """Return a client of the reference provider, which every agent asks."""
    async with openai.AsyncOpenAI(
        base_url=provider.base_url,
        api_key="test",
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(verify=False),
    ) as made:
        yield made


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is sunny in {city}."


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
