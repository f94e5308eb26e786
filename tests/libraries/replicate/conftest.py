# SPDX-License-Identifier: Apache-2.0
"""Replicate's SDK instrumented, and its real client that asks the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import replicate

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.replicate import WIRE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# How an older version of the SDK says that it has no such resource, method or argument yet.
pytest_runtest_call = lacking(
    "replicate", "1", r"object has no attribute|unexpected keyword argument|missing 1 required positional"
)


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
def make(provider: Provider) -> Iterator[Callable[[], replicate.Client]]:
    """Return what makes a client that polls without a pause; an asynchronous one is closed by its test's loop."""
    made: list[Any] = []

    def client() -> replicate.Client:
        found = replicate.Client(api_token="test", base_url=provider.url)
        found.poll_interval = 0
        made.append(found)
        return found

    yield client
    for each in made:
        sender = each.__dict__.get("_Client__client")
        if isinstance(sender, httpx.Client):
            sender.close()


@pytest.fixture
def client(make: Callable[[], replicate.Client]) -> replicate.Client:
    """Return a client."""
    return make()


@pytest.fixture
async def aclient(make: Callable[[], replicate.Client]) -> Any:
    """Return a client whose asynchronous connections are closed."""
    made = make()
    yield made
    await made._async_client.aclose()
