# SPDX-License-Identifier: Apache-2.0
"""The Anthropic SDK instrumented, and the real clients that ask the reference provider."""

from __future__ import annotations

import asyncio
import gc
import re
from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from spanwright.console.provider import Provider
from spanwright.instrumentors.anthropic import AnthropicInstrumentor
from wires.anthropic import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator

    from harness import Recorder

# How another version of the SDK says that it has no such resource, method, argument or model.
_LACKING = re.compile(
    r"'((Async)?(Anthropic|Messages)|.*[Ss]tream)' object has no attribute|"
    r"unexpected keyword argument|module 'anthropic' has no attribute|No module named 'anthropic\."
)
MAJOR = int(anthropic.__version__.partition(".")[0])
NEWEST = 2
# Since 1.0 the SDK has no text completions, and traces itself.
collect_ignore = ["test_anthropic_completions.py"] if MAJOR else ["test_anthropic_native.py"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except (AttributeError, ImportError, TypeError) as error:
        if MAJOR < NEWEST and _LACKING.search(str(error)):
            pytest.skip(f"anthropic {anthropic.__version__}: {error}")
        raise


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider, which speaks Anthropic's API."""
    with Provider(wires=[WIRE]) as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with Anthropic instrumented, content off."""
    recorder.instrument(AnthropicInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with Anthropic instrumented, content on spans."""
    recorder.instrument(
        AnthropicInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    return recorder


@pytest.fixture
def client(provider: Provider) -> Iterator[anthropic.Anthropic]:
    """Return a client that asks the reference provider and never retries."""
    with anthropic.Anthropic(base_url=provider.url, api_key="test", max_retries=0) as made:
        yield made


@pytest.fixture
async def aclient(provider: Provider) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """Return its asynchronous twin."""
    async with anthropic.AsyncAnthropic(base_url=provider.url, api_key="test", max_retries=0) as made:
        yield made


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
