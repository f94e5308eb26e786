# SPDX-License-Identifier: Apache-2.0
"""AG2 instrumented together with the OpenAI SDK, agents that ask the reference provider, and their tools."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import openai
import pytest
from opentelemetry import trace

from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from spanwright.console.provider import Provider

MODEL = "gpt-4o-mini"
VERSION = tuple(int(part) for part in version("ag2").split(".")[:2])
ROOT = "ag2" if VERSION >= (1, 0) else "autogen.beta"
"""Where the agents are: in a beta before 1.0."""
# Those that 1.0 has left behind.
collect_ignore = ["test_ag2_chats.py"] if VERSION >= (1, 0) else []


def held(path: str) -> Any:
    """Return what AG2 holds at `module:name`, by the place of the installed version."""
    module, _, name = path.partition(":")
    return getattr(import_module(f"{ROOT}{module}"), name)


@pytest.fixture
async def config(provider: Provider) -> AsyncIterator[Callable[..., Any]]:
    """Return a maker of configurations of models that ask the reference provider."""
    http: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx
    # AG2 makes a client for every turn, and closes none.
    async with http.AsyncClient() as sender:

        def made(**settings: Any) -> Any:
            given = {"model": MODEL, "base_url": provider.base_url, "api_key": "test", "max_retries": 0}
            return held(".config:OpenAIConfig")(**{**given, "http_client": sender, **settings})

        yield made


@pytest.fixture
def make(config: Callable[..., Any]) -> Callable[..., Any]:
    """Return a maker of agents."""

    def made(
        name: str = "Forecaster", model: str = MODEL, *, streaming: bool = False, **settings: Any
    ) -> Any:
        chosen = config(model=model, streaming=streaming)
        return held(":Agent")(name, "You tell.", **{"config": chosen, **settings})

    return made


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    with trace.get_tracer("application").start_as_current_span("look up"):
        return f"It is sunny in {city}."


@pytest.fixture
def forecaster(make: Callable[..., Any]) -> Any:
    """Return an agent with a tool."""
    return make(tools=[get_weather])
