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

from alike.runs import quiet  # noqa: F401 - it runs of itself
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.pydantic_ai import PydanticAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in item.iter_markers("needs"):
            if VERSION < _SINCE[marker.args[0]]:
                item.add_marker(pytest.mark.skip(reason=f"not yet: {marker.args[0]}"))


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with Pydantic AI and OpenAI instrumented, content off."""
    recorder.instrument(PydanticAIInstrumentor(), OpenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with Pydantic AI and OpenAI instrumented, content on spans."""
    recorder.instrument(
        PydanticAIInstrumentor(),
        OpenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    return recorder


@pytest.fixture
def alone(recorder: Recorder) -> Recorder:
    """Return the recorder with nothing but Pydantic AI instrumented, content on spans."""
    recorder.instrument(PydanticAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
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
