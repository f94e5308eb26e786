# SPDX-License-Identifier: Apache-2.0
"""Replicate's SDK instrumented, and its real client that asks the reference provider."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import replicate

from spanwright.console.provider import Provider
from spanwright.instrumentors.replicate import ReplicateInstrumentor
from wires.replicate import WIRE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from harness import Recorder

_LACKING = re.compile(r"object has no attribute|unexpected keyword argument|missing 1 required positional")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except (AttributeError, TypeError) as error:
        found = version("replicate")
        if found.startswith("0.") and _LACKING.search(str(error)):
            pytest.skip(f"replicate {found}: {error}")
        raise


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider with Replicate's wire."""
    with Provider(wires=[WIRE]) as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with Replicate instrumented, content off."""
    recorder.instrument(ReplicateInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with Replicate instrumented, content on spans."""
    recorder.instrument(
        ReplicateInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    return recorder


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


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}
