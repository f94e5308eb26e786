# SPDX-License-Identifier: Apache-2.0
"""Cohere's SDK instrumented, and its real clients that ask the reference provider."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import cohere
import httpx
import pytest

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.cohere import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


VERSION = tuple(map(int, version("cohere").split(".")[:2]))
RAW = VERSION >= (5, 16)
"""Whether the SDK has raw clients, which see the calls of all clients whenever they were made."""

# How an older version of the SDK says that it has no such resource, method or argument yet.
pytest_runtest_call = lacking(
    "cohere",
    "7",
    r"object has no attribute|unexpected keyword argument|module 'cohere[.\w]*' has no attribute",
)


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


def options(provider: Provider) -> dict[str, Any]:
    """Return how to make a client that asks the reference provider and never retries."""
    told: dict[str, Any] = {"api_key": "test", "base_url": provider.url, "timeout": 30}
    return {**told, "max_retries": 0} if VERSION >= (6, 0) else told


# Reading the authorities' certificates would take most of the time of a test.
def http() -> httpx.Client:
    """Return what sends."""
    return httpx.Client(verify=False, timeout=30)


def ahttp() -> httpx.AsyncClient:
    """Return its asynchronous twin."""
    return httpx.AsyncClient(verify=False, timeout=30)


@pytest.fixture
def client(traced_or_not: None, provider: Provider) -> Iterator[cohere.ClientV2]:
    """Return a client of version 2."""
    with http() as sender:
        yield cohere.ClientV2(**options(provider), httpx_client=sender)


@pytest.fixture
def v1(traced_or_not: None, provider: Provider) -> Iterator[cohere.Client]:
    """Return a client of version 1."""
    with http() as sender:
        yield cohere.Client(**options(provider), httpx_client=sender)


@pytest.fixture
async def aclient(traced_or_not: None, provider: Provider) -> AsyncIterator[cohere.AsyncClientV2]:
    """Return an asynchronous client of version 2."""
    async with ahttp() as sender:
        yield cohere.AsyncClientV2(**options(provider), httpx_client=sender)


@pytest.fixture
async def av1(traced_or_not: None, provider: Provider) -> AsyncIterator[cohere.AsyncClient]:
    """Return an asynchronous client of version 1."""
    async with ahttp() as sender:
        yield cohere.AsyncClient(**options(provider), httpx_client=sender)


@pytest.fixture
def traced_or_not(request: pytest.FixtureRequest) -> None:
    """Instrument first where a test asks for it: before 5.16 a client binds its methods when it is made."""
    for name in ("traced", "shown"):
        if name in request.fixturenames:
            request.getfixturevalue(name)


@pytest.fixture
def raw() -> None:
    """Skip what needs the SDK's raw clients: before, a client binds its methods when it is made."""
    if not RAW:
        pytest.skip("this version has no raw clients")


@pytest.fixture
def leavable() -> None:
    """Skip what leaves a stream early where the SDK cannot: before 5.16 its streams refuse to be closed."""
    if not RAW:
        pytest.skip("the streams of this version ignore GeneratorExit")
