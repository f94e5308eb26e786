# SPDX-License-Identifier: Apache-2.0
"""Agno instrumented together with the OpenAI SDK, agents that ask the reference provider, and their tools."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import openai
import pytest
from agno.agent import Agent
from agno.models.openai import OpenAIChat
from opentelemetry import trace

from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself
from lacking import lacking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from spanwright.console.provider import Provider

VERSION = tuple(int(part) for part in version("agno").split(".")[:2])
_CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.fixture
async def clients(provider: Provider) -> AsyncIterator[dict[str, Any]]:
    """Return clients of the reference provider, as a model takes them; its own ones it never closes."""
    told: dict[str, Any] = {"base_url": provider.base_url, "api_key": "test", "max_retries": 0}
    async with openai.AsyncOpenAI(**told) as later:
        with openai.OpenAI(**told) as at_once:
            yield {**told, "client": at_once, "async_client": later}


@pytest.fixture
def model(clients: dict[str, Any]) -> Callable[..., OpenAIChat]:
    """Return a maker of models that ask the reference provider."""

    def made(kind: Any = OpenAIChat, **settings: Any) -> Any:
        return kind(**{"id": "gpt-4o-mini", **clients, **settings})

    return made


@pytest.fixture
def make(model: Callable[..., OpenAIChat]) -> Callable[..., Agent]:
    """Return a maker of agents."""

    def made(name: str = "Forecaster", **settings: Any) -> Agent:
        return Agent(name=name, telemetry=False, **{"model": model(), **settings})

    return made


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    with trace.get_tracer("application").start_as_current_span("look up"):
        return f"It is sunny in {city}."


@pytest.fixture
def forecaster(make: Callable[..., Agent]) -> Agent:
    """Return an agent with a tool."""
    return make(description="Tells the weather.", tools=[get_weather])


async def consumed(run: Any) -> list[Any]:
    """Go through a run's stream, which the first versions hand over when it is awaited."""
    stream = await run if hasattr(run, "__await__") else run
    return [event async for event in stream]


def delegated(member: str, task: str) -> dict[str, Any]:
    """Return what a team's leader says to hand a task over, in the words of the installed version."""
    return {"member_id": member, "task" if VERSION >= (2, 2) else "task_description": task}


pytest_runtest_call = lacking("agno", "3.0")
