# SPDX-License-Identifier: Apache-2.0
"""The Agents SDK instrumented together with the OpenAI SDK, agents that ask the reference provider, and their tools."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import agents
import openai
import pytest
from opentelemetry import trace

from alike.clients import *  # noqa: F403 - the clients that agents ask
from alike.clients import parallel
from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself
from lacking import needing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from spanwright.console.provider import Provider

VERSION = tuple(int(part) for part in version("openai-agents").split(".")[:2])
# What a test needs of the SDK, by its marker's argument.
_SINCE = {
    "agent tools are marked": (0, 8),
    "host tools are traced": (0, 10),
    "runs with tracing off mask the caller's": (0, 24),
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(feature): skip where the installed Agents SDK has it not")


pytest_collection_modifyitems = needing(VERSION, _SINCE)


@pytest.fixture
async def client(provider: Provider) -> AsyncIterator[openai.AsyncOpenAI]:
    """Return a client of the reference provider, which every agent asks."""
    async with parallel(provider) as made:
        before = agents.models._openai_shared.get_default_openai_client()
        agents.set_default_openai_client(made, use_for_tracing=False)
        yield made
        agents.models._openai_shared._default_openai_client = before


@pytest.fixture(autouse=True)
def heard() -> Iterator[Heard]:
    """Return a processor of the application, in the place of the SDK's exporter, which asks a server of OpenAI's."""
    heard = Heard()
    agents.set_trace_processors([heard])
    yield heard
    agents.set_trace_processors([])
    agents.set_tracing_disabled(False)


class Heard(agents.TracingProcessor):
    """An application's own trace processor."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.ended: list[str] = []

    def on_trace_start(self, trace: Any) -> None:
        self.started.append("trace")

    def on_trace_end(self, trace: Any) -> None:
        self.ended.append("trace")

    def on_span_start(self, span: Any) -> None:
        self.started.append(span.span_data.type)

    def on_span_end(self, span: Any) -> None:
        self.ended.append(span.span_data.type)

    def shutdown(self) -> None: ...

    def force_flush(self) -> None: ...


@agents.function_tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    with trace.get_tracer("application").start_as_current_span("look up"):
        return f"It is sunny in {city}."


@pytest.fixture
def make(client: openai.AsyncOpenAI) -> Callable[..., agents.Agent[Any]]:
    """Return a maker of agents."""

    def made(name: str = "Forecaster", **settings: Any) -> agents.Agent[Any]:
        return agents.Agent(name=name, **{"model": "gpt-4o-mini", **settings})

    return made


@pytest.fixture
def forecaster(make: Callable[..., agents.Agent[Any]]) -> agents.Agent[Any]:
    """Return an agent with a tool."""
    return make(
        instructions="You tell the weather.",
        tools=[get_weather],
        handoff_description="Knows the weather.",
    )


@pytest.fixture
def triage(make: Callable[..., agents.Agent[Any]], forecaster: agents.Agent[Any]) -> agents.Agent[Any]:
    """Return an agent that hands over to the other one."""
    return make("Triage", instructions="Hand over.", handoffs=[forecaster])


@pytest.fixture
def boss(make: Callable[..., agents.Agent[Any]], forecaster: agents.Agent[Any]) -> agents.Agent[Any]:
    """Return an agent that has the other one as a tool."""
    tool = forecaster.as_tool("ask_weather", "Ask about the weather of a city")
    return make("Boss", instructions="Ask.", tools=[tool])
