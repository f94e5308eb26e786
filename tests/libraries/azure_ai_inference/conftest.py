# SPDX-License-Identifier: Apache-2.0
"""Azure's inference SDK instrumented, and its real clients that ask the reference provider."""

from __future__ import annotations

import re
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.aio import ChatCompletionsClient as AsyncChatCompletionsClient
from azure.core.credentials import AzureKeyCredential

from spanwright.console.provider import Provider
from spanwright.instrumentors.azure_ai_inference import AzureAIInferenceInstrumentor
from wires.azure_inference import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from harness import Recorder

_LACKING = re.compile(
    r"unexpected keyword argument|has no attribute|cannot import name|context manager protocol"
)
NEWEST = "1.0.0b9"
# What traces the SDK itself came with 1.0.0b5.
collect_ignore = [] if find_spec("azure.ai.inference.tracing") else ["test_azure_native.py"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except (AttributeError, ImportError, TypeError) as error:
        installed = version("azure-ai-inference")
        if installed < NEWEST and _LACKING.search(str(error)):
            pytest.skip(f"azure-ai-inference {installed}: {error}")
        raise


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider, at Azure's addresses too."""
    with Provider(wires=[WIRE]) as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content off."""
    recorder.instrument(AzureAIInferenceInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content on spans."""
    recorder.instrument(
        AzureAIInferenceInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    return recorder


@pytest.fixture
def made(provider: Provider) -> tuple[Any, ...]:
    """Return the arguments of a client's constructor."""
    return (f"{provider.url}/models", AzureKeyCredential("test"))


@pytest.fixture
def client(made: tuple[Any, ...]) -> Iterator[ChatCompletionsClient]:
    """Return a client that asks the reference provider and never retries."""
    with ChatCompletionsClient(*made, retry_total=0) as client:
        yield client


@pytest.fixture
async def aclient(made: tuple[Any, ...]) -> AsyncIterator[AsyncChatCompletionsClient]:
    """Return its asynchronous twin."""
    async with AsyncChatCompletionsClient(*made, retry_total=0) as client:
        yield client


@pytest.fixture
def embedder(made: tuple[Any, ...]) -> Iterator[EmbeddingsClient]:
    """Return a client of embeddings."""
    with EmbeddingsClient(*made, retry_total=0) as client:
        yield client


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}
