# SPDX-License-Identifier: Apache-2.0
"""Azure's inference SDK instrumented, and its real clients that ask the reference provider."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.aio import ChatCompletionsClient as AsyncChatCompletionsClient
from azure.core.credentials import AzureKeyCredential

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.azure_inference import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


# What traces the SDK itself came with 1.0.0b5.
collect_ignore = [] if find_spec("azure.ai.inference.tracing") else ["test_azure_native.py"]

# How an older version of the SDK says that it has no such argument, class or protocol yet.
pytest_runtest_call = lacking(
    "azure-ai-inference",
    "1.0.0b9",
    r"unexpected keyword argument|has no attribute|cannot import name|context manager protocol",
)


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


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
