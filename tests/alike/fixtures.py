# SPDX-License-Identifier: Apache-2.0
"""The fixtures of an SDK's tests; its conftest brings `sdk`."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from spanwright.console.provider import Provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from alike.sdk import SDK
    from harness import Recorder

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.fixture
def provider(sdk: SDK) -> Iterator[Provider]:
    """Return the reference provider, which speaks this SDK's wire."""
    with Provider(wires=[sdk.wire]) as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder, sdk: SDK) -> Recorder:
    """Return the recorder with the SDK instrumented, content off."""
    recorder.instrument(sdk.instrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder, sdk: SDK) -> Recorder:
    """Return the recorder with the SDK instrumented, content on spans."""
    recorder.instrument(sdk.instrumentor(), **{CAPTURE: "SPAN_ONLY"})
    return recorder


@pytest.fixture
def both(recorder: Recorder, sdk: SDK) -> Recorder:
    """Return the recorder with the SDK instrumented and content everywhere, so that everything is read."""
    recorder.instrument(sdk.instrumentor(), **{CAPTURE: "SPAN_AND_EVENT"})
    return recorder


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


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}


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
