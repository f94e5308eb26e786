# SPDX-License-Identifier: Apache-2.0
"""A provider of its own for each test, and the real clients that talk to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openai
import pytest
import pytest_asyncio

from spanwright.console.provider import Provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture
def client(provider: Provider) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=provider.base_url, api_key="test-key", max_retries=0) as made:
        yield made


@pytest_asyncio.fixture
async def async_client(provider: Provider) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=provider.base_url, api_key="test-key", max_retries=0) as made:
        yield made


@pytest.fixture
def azure(provider: Provider) -> Iterator[openai.AzureOpenAI]:
    with openai.AzureOpenAI(
        azure_endpoint=provider.url, api_key="test-key", api_version="2024-12-01-preview", max_retries=0
    ) as made:
        yield made
