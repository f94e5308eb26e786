# SPDX-License-Identifier: Apache-2.0
"""OpenRouter's SDK instrumented, and the real client that asks the reference provider."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from openrouter import OpenRouter

from spanwright.console.provider import Provider
from spanwright.instrumentors.openrouter import OpenRouterInstrumentor
from wires.openrouter import WIRE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from harness import Recorder

VERSION = tuple(int(each) for each in version("openrouter").split(".")[:2])
# How an older version of the SDK says that it has no such resource, method or argument yet.
_LACKING = re.compile(r"'(OpenRouter|EventStream)' object has no attribute|unexpected keyword argument")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except (AttributeError, ImportError, TypeError) as error:
        if VERSION < (1, 0) and _LACKING.search(str(error)):
            pytest.skip(f"openrouter {VERSION}: {error}")
        raise


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider, speaking OpenRouter's wire."""
    with Provider(wires=[WIRE]) as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content off."""
    recorder.instrument(OpenRouterInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content on spans."""
    recorder.instrument(
        OpenRouterInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    return recorder


@pytest.fixture
async def client(provider: Provider) -> Any:
    """Return a client, of which every method has an asynchronous twin."""
    plain, parallel = httpx.Client(verify=False), httpx.AsyncClient(verify=False)
    yield OpenRouter(api_key="test", server_url=f"{provider.url}/api/v1", client=plain, async_client=parallel)
    plain.close()
    await parallel.aclose()


@pytest.fixture
def once() -> dict[str, Any]:
    """Return the argument that forbids retries, which the SDK makes for an hour."""
    from openrouter.utils import BackoffStrategy, RetryConfig

    return {"retries": RetryConfig("backoff", BackoffStrategy(1, 1, 1.0, 0), False)}


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}
