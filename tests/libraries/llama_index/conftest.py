# SPDX-License-Identifier: Apache-2.0
"""LlamaIndex instrumented together with the OpenAI SDK, models and agents that ask the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core import Settings
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.embeddings import MockEmbedding
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from opentelemetry import trace

from alike.clients import HTTP
from alike.layers import alone, shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - a fixture of every test

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from spanwright.console.provider import Provider


@pytest.fixture
async def options(provider: Provider) -> AsyncIterator[dict[str, Any]]:
    """Return what points a model at the reference provider; certificates, which take long to read, are left out."""
    sync, asynchronous = HTTP.Client(verify=False), HTTP.AsyncClient(verify=False)
    yield {
        "api_base": provider.base_url,
        "api_key": "test",
        "max_retries": 0,
        "http_client": sync,
        "async_http_client": asynchronous,
    }
    sync.close()
    await asynchronous.aclose()


@pytest.fixture
def make(options: dict[str, Any]) -> Callable[..., OpenAI]:
    """Return a maker of models that ask the reference provider."""

    def made(model: str = "gpt-4o-mini", **settings: Any) -> OpenAI:
        return OpenAI(model=model, **{**options, **settings})

    return made


@pytest.fixture
def llm(make: Callable[..., OpenAI]) -> OpenAI:
    """Return a model that asks the reference provider."""
    return make()


class Named(OpenAI):
    """A model of any name, of which LlamaIndex's table of sizes knows nothing."""

    @property
    def metadata(self) -> Any:
        known = OpenAI(model="gpt-4o-mini", api_key="test").metadata
        return known.model_copy(update={"model_name": self.model})


@pytest.fixture
def named(options: dict[str, Any]) -> Callable[[str], Named]:
    """Return a maker of models whose names tell the provider what to do."""
    return lambda model: Named(model=model, **options)


@pytest.fixture
def vectors(options: dict[str, Any]) -> OpenAIEmbedding:
    """Return embeddings of the reference provider."""
    return OpenAIEmbedding(model="text-embedding-3-small", **options)


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    with trace.get_tracer("application").start_as_current_span("look up"):
        return f"It is sunny in {city}."


@pytest.fixture
def forecaster(llm: OpenAI) -> FunctionAgent:
    """Return an agent with a tool."""
    return FunctionAgent(name="Forecaster", description="Knows the weather.", llm=llm, tools=[get_weather])


@pytest.fixture(autouse=True)
def _own_settings() -> Iterator[None]:
    """Keep LlamaIndex's global settings from asking for a key."""
    Settings.embed_model = MockEmbedding(embed_dim=4)
    yield
    Settings._embed_model = None
