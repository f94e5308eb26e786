# SPDX-License-Identifier: Apache-2.0
"""Mistral's SDK instrumented, and the real client of whatever version that asks the reference provider."""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.mistral import WIRE

try:
    from mistralai.client import Mistral, errors, models

    httpx: Any = __import__("mistralai.client.basesdk", fromlist=["httpx"]).httpx
except ImportError:  # before 2.0
    from mistralai import Mistral, models

    errors = models
    httpx = __import__("mistralai.basesdk", fromlist=["httpx"]).httpx

VERSION = tuple(int(each) for each in version("mistralai").split(".")[:2])

# How an older version of the SDK says that it has no such resource, method, argument or model yet.
pytest_runtest_call = lacking(
    "mistralai",
    "3",
    r"'(Mistral|Chat|Beta|Conversations|EventStream|Audio|Classifiers)' object has no attribute|unexpected keyword argument|"
    r"No module named 'mistralai|does not support the asynchronous context manager|"
    r"'(generator|async_generator|Generated|AsyncGenerated)' object does not support the|__enter__|__aenter__",
)


@pytest.fixture
def modern() -> None:
    """Skip with the first versions, whose models and retries know less."""
    if VERSION < (1, 9):
        pytest.skip(f"mistralai {VERSION} cannot do it")


@pytest.fixture
def sdk() -> Any:
    """Return the SDK's names, which moved between its versions."""
    return SimpleNamespace(Mistral=Mistral, errors=errors, models=models, httpx=httpx, version=VERSION)


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
async def client(provider: Provider) -> Any:
    """Return a client, of which every method has an asynchronous twin; it never retries."""
    plain, parallel = httpx.Client(verify=False), httpx.AsyncClient(verify=False)
    yield Mistral(api_key="test", server_url=provider.url, client=plain, async_client=parallel)
    plain.close()
    await parallel.aclose()


@pytest.fixture
def defaults(provider: Provider) -> Any:
    """Return what tells the sampling parameters that the SDK has sent by itself, as attributes."""

    def told(number: int = -1) -> dict[str, Any]:
        sent = provider.requests[number].body
        names = ("temperature", "top_p")
        return {f"gen_ai.request.{name}": sent[name] for name in names if sent.get(name) is not None}

    return told
