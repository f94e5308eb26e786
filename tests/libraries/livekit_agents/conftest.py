# SPDX-License-Identifier: Apache-2.0
"""LiveKit Agents instrumented together with the OpenAI SDK: sessions of text that ask the reference provider."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.telemetry import set_tracer_provider
from livekit.agents.types import APIConnectOptions
from livekit.agents.voice.speech_handle import SpeechHandle
from livekit.plugins import openai
from opentelemetry import trace

from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from spanwright.console.provider import Provider

MODEL = "gpt-4o-mini"
WHOLE = hasattr(SpeechHandle, "_end_agent_turn")
"""Whether a turn is one, however many steps it takes; before it is a turn for each step."""
whole = pytest.mark.skipif(not WHOLE, reason="a turn for each step yet")


@pytest.fixture(autouse=True)
def own() -> Iterator[None]:
    """Give the framework back the provider that it found, whatever a test sets."""
    yield
    set_tracer_provider(trace.get_tracer_provider())


@function_tool
async def get_weather(city: str) -> str:
    """Get the weather of a city."""
    with trace.get_tracer("application").start_as_current_span("look up"):
        return f"It is sunny in {city}."


class Named(Agent):
    """An agent with a name, which those of the framework's own class have not."""


def agent(name: str = "forecaster", **settings: Any) -> Agent:
    """Return an agent with a tool."""
    return Named(**{"instructions": "You tell.", "tools": [get_weather], "id": name, **settings})


@pytest.fixture
async def model(provider: Provider) -> AsyncIterator[Callable[..., Any]]:
    """Return a maker of models that ask the reference provider."""
    made: list[Any] = []

    def make(name: str = MODEL) -> Any:
        made.append(openai.LLM(model=name, base_url=provider.base_url, api_key="test", max_retries=0))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


@pytest.fixture
def session(model: Callable[..., Any]) -> Callable[..., Any]:
    """Return a maker of sessions, begun with an agent, that try no model call again."""

    @asynccontextmanager
    async def begun(chosen: Agent | None = None, name: str = MODEL, **settings: Any) -> AsyncIterator[Any]:
        options: Any = {}
        if settings.pop("retries", 0) == 0:
            from livekit.agents.voice.agent_session import SessionConnectOptions

            options["conn_options"] = SessionConnectOptions(llm_conn_options=APIConnectOptions(max_retry=0))
        async with AgentSession(llm=model(name), **options, **settings) as made:
            await made.start(chosen or agent())
            yield made

    return begun
