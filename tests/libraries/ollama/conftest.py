# SPDX-License-Identifier: Apache-2.0
"""Ollama's SDK instrumented, and the real clients that ask the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ollama
import pytest

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.ollama import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# How an older version of the SDK says that it has no such resource, method or argument yet.
pytest_runtest_call = lacking("ollama", "0.6", "unexpected keyword argument")


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
def client(provider: Provider) -> Iterator[ollama.Client]:
    """Return a client that asks the reference provider."""
    made = ollama.Client(host=provider.url, verify=False)
    yield made
    # The SDK has a `close` of its own since 0.6 only.
    made._client.close()


@pytest.fixture
async def aclient(provider: Provider) -> AsyncIterator[ollama.AsyncClient]:
    """Return its asynchronous twin."""
    made = ollama.AsyncClient(host=provider.url, verify=False)
    yield made
    await made._client.aclose()
