# SPDX-License-Identifier: Apache-2.0
"""Agno instrumented together with the OpenAI SDK, agents that ask the reference provider, and their tools."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from agno.agent import Agent
from agno.models.openai import OpenAIChat
from opentelemetry import trace

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors.agno import AgnoInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

_CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with Agno and OpenAI instrumented, content off."""
    recorder.instrument(AgnoInstrumentor(), OpenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with Agno and OpenAI instrumented, content on spans."""
    recorder.instrument(AgnoInstrumentor(), OpenAIInstrumentor(), **{_CAPTURE: "true"})
    return recorder


@pytest.fixture
def alone(recorder: Recorder) -> Recorder:
    """Return the recorder with nothing but Agno instrumented, content on spans."""
    recorder.instrument(AgnoInstrumentor(), **{_CAPTURE: "true"})
    return recorder


@pytest.fixture
def model(provider: Provider) -> Callable[..., OpenAIChat]:
    """Return a maker of models that ask the reference provider."""

    def made(**settings: Any) -> OpenAIChat:
        given = {"id": "gpt-4o-mini", "max_retries": 0, **settings}
        return OpenAIChat(base_url=provider.base_url, api_key="test", **given)

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


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged by OpenTelemetry or by us, and nothing stays open."""
    with caplog.at_level(logging.WARNING):
        yield
    watched = ("opentelemetry", "spanwright")
    assert [r.getMessage() for r in caplog.get_records("call") if r.name.startswith(watched)] == []
    assert not ending._open
