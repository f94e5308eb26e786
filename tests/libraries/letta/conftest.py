# SPDX-License-Identifier: Apache-2.0
"""Letta's client, instrumented, asks the reference provider, which speaks as Letta's server does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from letta_client import AsyncLetta, Letta

from alike.runs import quiet  # noqa: F401 - it runs of itself
from lacking import lacking
from wires.letta import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from spanwright.console.provider import Provider, Wire

pytest_runtest_call = lacking("letta-client", "1.12")


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks beside OpenAI's API."""
    return [WIRE]


@pytest.fixture
def client(provider: Provider) -> Iterator[Letta]:
    """Return a client of the reference provider."""
    with Letta(api_key="test", base_url=provider.url, max_retries=0) as client:
        yield client


@pytest.fixture
async def later(provider: Provider) -> AsyncIterator[AsyncLetta]:
    """Return an asynchronous client of the reference provider."""
    async with AsyncLetta(api_key="test", base_url=provider.url, max_retries=0) as client:
        yield client
