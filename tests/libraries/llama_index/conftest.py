# SPDX-License-Identifier: Apache-2.0
"""LlamaIndex instrumented together with the OpenAI SDK, models and agents that ask the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from llama_index.core import Settings
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.embeddings import MockEmbedding
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from opentelemetry import trace

from alike.runs import quiet  # noqa: F401 - a fixture of every test
from spanwright.instrumentors.llama_index import LlamaIndexInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

HTTP: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with LlamaIndex and OpenAI instrumented, content off."""
    recorder.instrument(LlamaIndexInstrumentor(), OpenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with LlamaIndex and OpenAI instrumented, content on spans."""
    recorder.instrument(
        LlamaIndexInstrumentor(),
        OpenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    return recorder


@pytest.fixture
def alone(recorder: Recorder) -> Recorder:
    """Return the recorder with nothing but LlamaIndex instrumented, content on spans."""
    recorder.instrument(LlamaIndexInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    return recorder


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
