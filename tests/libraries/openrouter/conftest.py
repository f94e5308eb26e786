# SPDX-License-Identifier: Apache-2.0
"""OpenRouter's SDK instrumented, and the real client that asks the reference provider."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import httpx
import pytest
from openrouter import OpenRouter

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.openrouter import WIRE

VERSION = tuple(int(each) for each in version("openrouter").split(".")[:2])

# How an older version of the SDK says that it has no such resource, method or argument yet.
pytest_runtest_call = lacking(
    "openrouter", "1", r"'(OpenRouter|EventStream)' object has no attribute|unexpected keyword argument"
)


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


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

    return {"retries": RetryConfig("none", BackoffStrategy(1, 1, 1.0, 0), False)}
