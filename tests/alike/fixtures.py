# SPDX-License-Identifier: Apache-2.0
"""The fixtures of an SDK's tests; its conftest brings `sdk`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from spanwright.console.provider import Provider, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from alike.sdk import SDK


@pytest.fixture
def wires(sdk: SDK) -> list[Wire]:
    """Return what the reference provider speaks here: this SDK's wire."""
    return [sdk.wire]


@pytest.fixture
def making(provider: Provider, sdk: SDK) -> Callable[..., Any]:
    """Return what makes a client that asks the reference provider, and never retries unless told to."""

    def make(kind: type[Any] | None = None, **options: Any) -> Any:
        address = f"{provider.url}{sdk.path}"
        given = {"base_url": address, "api_key": "test", "max_retries": 0, **sdk.options}
        # Reading the authorities' certificates would take most of the time of a test.
        sender = httpx.AsyncClient if kind is sdk.aclient else httpx.Client
        return (kind or sdk.client)(
            **{**given, "http_client": sender(base_url=address, verify=False), **options}
        )

    return make


@pytest.fixture
def client(making: Callable[..., Any]) -> Iterator[Any]:
    """Return a client of the reference provider."""
    made = making()
    yield made
    made.close()


@pytest.fixture
async def aclient(making: Callable[..., Any], sdk: SDK) -> AsyncIterator[Any]:
    """Return its asynchronous twin."""
    made = making(sdk.aclient)
    yield made
    await made.close()
