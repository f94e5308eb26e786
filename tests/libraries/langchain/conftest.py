# SPDX-License-Identifier: Apache-2.0
"""LangChain instrumented together with the OpenAI SDK, models that ask the reference provider, and a look at the wire."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.tools import tool
from langchain_core.tracers import context as tracers
from langchain_openai import ChatOpenAI
from opentelemetry import trace

from lacking import lacking
from libraries.langchain.agents import http
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from langchain_core.tools import BaseTool

    from harness import Recorder
    from spanwright.console.provider import Provider

pytest_runtest_call = lacking("langchain-core", "1")


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with LangChain and OpenAI instrumented, content off."""
    recorder.instrument(LangChainInstrumentor(), OpenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with LangChain and OpenAI instrumented, content on spans."""
    recorder.instrument(
        LangChainInstrumentor(),
        OpenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    return recorder


@pytest.fixture
def wire() -> list[str]:
    """Return the names of the spans that were current when a request was sent."""
    return []


@pytest.fixture
async def make(provider: Provider, wire: list[str]) -> AsyncIterator[Callable[..., ChatOpenAI]]:
    """Return a maker of chat models that ask the reference provider."""
    clients: list[Any] = []

    def note() -> None:
        wire.append(getattr(trace.get_current_span(), "name", ""))

    async def anote(request: Any) -> None:
        del request
        note()

    def chat(**settings: Any) -> ChatOpenAI:
        given = {"model": "gpt-4o-mini", "max_retries": 0, **settings}
        sync = http.Client(event_hooks={"request": [lambda _: note()]})
        asynchronous = http.AsyncClient(event_hooks={"request": [anote]})
        clients.append((sync, asynchronous))
        return ChatOpenAI(
            base_url=provider.base_url,
            api_key="test",
            http_client=sync,
            http_async_client=asynchronous,
            **given,
        )

    yield chat
    for sync, asynchronous in clients:
        sync.close()
        await asynchronous.aclose()


@pytest.fixture
def model(make: Callable[..., ChatOpenAI]) -> ChatOpenAI:
    """Return a chat model that asks the reference provider."""
    return make()


@pytest.fixture
def weather() -> BaseTool:
    """Return a tool that always succeeds."""

    @tool
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        return f"It is sunny in {city}."

    return get_weather


@pytest.fixture
def open_runs() -> Callable[[], int]:
    """Return a function that counts the runs in flight, and fails if operations are open."""
    return _open_runs


def _open_runs() -> int:
    handlers = [hook[0].get() for hook in tracers._configure_hooks]
    (ours,) = [each for each in handlers if type(each).__name__ == "SpanwrightHandler"]
    assert not ending._open
    return len(ours._callbacks.runs)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged: no context that failed to detach, no callback that raised, no guard that caught."""
    with caplog.at_level(logging.WARNING):
        yield
    watched = ("opentelemetry", "spanwright", "langchain_core.callbacks")
    assert [r.getMessage() for r in caplog.get_records("call") if r.name.startswith(watched)] == []
