# SPDX-License-Identifier: Apache-2.0
"""The OpenAI SDK instrumented, and the real clients that ask the reference provider."""

from __future__ import annotations

import asyncio
import gc
import re
from typing import TYPE_CHECKING, Any

import openai
import pytest

from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider


# How an older version of the SDK says that it has no such resource, method, argument or model yet.
_LACKING = re.compile(
    r"'((Async)?(OpenAI|AzureOpenAI|Completions|Responses)|dict)' object has no attribute|"
    r"unexpected keyword argument|module 'openai' has no attribute|No module named 'openai\.lib"
)
_NEWEST = 3


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except (AttributeError, ImportError, TypeError) as error:
        if int(openai.VERSION.partition(".")[0]) < _NEWEST and _LACKING.search(str(error)):
            pytest.skip(f"openai {openai.VERSION}: {error}")
        raise


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with OpenAI instrumented, content off."""
    recorder.instrument(OpenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with OpenAI instrumented, content on spans."""
    recorder.instrument(OpenAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY")
    return recorder


@pytest.fixture
def client(provider: Provider) -> Iterator[openai.OpenAI]:
    """Return a client that asks the reference provider and never retries."""
    with openai.OpenAI(
        base_url=provider.base_url,
        api_key="test",
        max_retries=0,
        # Reading the authorities' certificates would take most of the time of a test.
        http_client=openai.DefaultHttpxClient(verify=False),
    ) as made:
        yield made


@pytest.fixture
async def aclient(provider: Provider) -> AsyncIterator[openai.AsyncOpenAI]:
    """Return its asynchronous twin."""
    async with openai.AsyncOpenAI(
        base_url=provider.base_url,
        api_key="test",
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(verify=False),
    ) as made:
        yield made


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}


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


@pytest.fixture
def settle() -> Callable[[], Awaitable[None]]:
    """Return what lets the loop close the asynchronous generators that nobody holds, one inside the other."""

    async def settled() -> None:
        gc.collect()
        await asyncio.sleep(0)
        while closing := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(closing)
            gc.collect()
            await asyncio.sleep(0)

    return settled
