# SPDX-License-Identifier: Apache-2.0
"""The OpenAI SDK instrumented, and the real clients that ask the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from alike.clients import parallel, plain
from lacking import lacking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from spanwright.console.provider import Provider

# How an older version of the SDK says that it has no such resource, method, argument or model yet.
pytest_runtest_call = lacking(
    "openai",
    "3",
    r"'((Async)?(OpenAI|AzureOpenAI|Completions|Responses)|dict)' object has no attribute|"
    r"unexpected keyword argument|module 'openai' has no attribute|No module named 'openai\.lib",
)


@pytest.fixture
def client(provider: Provider) -> Iterator[openai.OpenAI]:
    """Return a client that asks the reference provider and never retries."""
    with plain(provider) as made:
        yield made


@pytest.fixture
async def aclient(provider: Provider) -> AsyncIterator[openai.AsyncOpenAI]:
    """Return its asynchronous twin."""
    async with parallel(provider) as made:
        yield made


@pytest.fixture
def azure(provider: Provider) -> Iterator[openai.AzureOpenAI]:
    """Return a client for Azure's paths of the reference provider."""
    with openai.AzureOpenAI(
        azure_endpoint=provider.url, api_key="test", api_version="2024-12-01-preview", max_retries=0
    ) as made:
        yield made


@pytest.fixture(scope="session")
def http() -> Any:
    """Return the HTTP library that this version of the SDK is built on."""
    base = openai._base_client
    return getattr(base, "httpx2", None) or base.httpx
