# SPDX-License-Identifier: Apache-2.0
"""Ollama's SDK instrumented, and the real clients that ask the reference provider."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import ollama
import pytest

from spanwright.console.provider import Provider
from spanwright.instrumentors.ollama import OllamaInstrumentor
from wires.ollama import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from harness import Recorder

_VERSION = tuple(int(part) for part in version("ollama").split(".")[:2])
_NEWEST = (0, 6)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except TypeError as error:
        if _VERSION < _NEWEST and "unexpected keyword argument" in str(error):
            pytest.skip(f"ollama {version('ollama')}: {error}")
        raise


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider, speaking Ollama's protocol."""
    with Provider(wires=[WIRE]) as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with Ollama instrumented, content off."""
    recorder.instrument(OllamaInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with Ollama instrumented, content on spans."""
    recorder.instrument(OllamaInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY")
    return recorder


@pytest.fixture
def client(provider: Provider) -> Iterator[ollama.Client]:
    """Return a client that asks the reference provider."""
    made = ollama.Client(host=provider.url, verify=False)
    yield made
    # The SDK has a `close` of its own since 0.6 only.
    made._client.close()


@pytest.fixture
async def aclient(provider: Provider) -> AsyncIterator[ollama.AsyncClient]:
    """Return its asynchronous twin."""
    made = ollama.AsyncClient(host=provider.url, verify=False)
    yield made
    await made._client.aclose()


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}
