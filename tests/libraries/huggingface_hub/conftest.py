# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's inference clients instrumented, and real ones that ask the reference provider."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from spanwright.console.provider import Provider
from spanwright.instrumentors.huggingface_hub import HuggingFaceHubInstrumentor
from wires.huggingface import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator

    from harness import Recorder

MAJOR = int(version("huggingface_hub").partition(".")[0])
_NEWEST = 2


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except TypeError as error:
        if MAJOR < _NEWEST and "unexpected keyword argument" in str(error):
            pytest.skip(f"huggingface_hub {version('huggingface_hub')}: {error}")
        raise


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider, speaking the protocols of Hugging Face's servers too."""
    with Provider(wires=[WIRE]) as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with the clients instrumented, content off."""
    recorder.instrument(HuggingFaceHubInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with the clients instrumented, content on spans."""
    recorder.instrument(
        HuggingFaceHubInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    return recorder


@pytest.fixture
def client_at(provider: Provider) -> Iterator[Callable[[str], InferenceClient]]:
    """Return a maker of clients of a server that is called by its address."""
    made: list[InferenceClient] = []

    def make(path: str) -> InferenceClient:
        made.append(InferenceClient(model=provider.url + path, token="test"))
        return made[-1]

    yield make
    for each in made:
        with suppress(AttributeError):
            each.close()
    _close_session()


def _close_session() -> None:
    """Close the connections that all clients of a thread share."""
    with suppress(ImportError):
        from huggingface_hub import close_session

        close_session()
        return
    from huggingface_hub.utils import get_session

    get_session().close()


@pytest.fixture
async def aclient_at(provider: Provider) -> AsyncIterator[Callable[[str], AsyncInferenceClient]]:
    """Return its asynchronous twin."""
    made: list[AsyncInferenceClient] = []

    def make(path: str) -> AsyncInferenceClient:
        made.append(AsyncInferenceClient(model=provider.url + path, token="test"))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
def client(client_at: Callable[[str], InferenceClient]) -> InferenceClient:
    """Return a client of a server of chat."""
    return client_at("/v1")


@pytest.fixture
def aclient(aclient_at: Callable[[str], AsyncInferenceClient]) -> AsyncInferenceClient:
    """Return its asynchronous twin."""
    return aclient_at("/v1")


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}
