# SPDX-License-Identifier: Apache-2.0
"""Mistral's SDK instrumented, and the real client of whatever version that asks the reference provider."""

from __future__ import annotations

import asyncio
import gc
import re
from importlib.metadata import version
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from spanwright.console.provider import Provider
from spanwright.instrumentors.mistralai import MistralInstrumentor
from wires.mistral import WIRE

try:
    from mistralai.client import Mistral, errors, models

    httpx: Any = __import__("mistralai.client.basesdk", fromlist=["httpx"]).httpx
except ImportError:  # before 2.0
    from mistralai import Mistral, models

    errors = models
    httpx = __import__("mistralai.basesdk", fromlist=["httpx"]).httpx

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterator

    from harness import Recorder

VERSION = tuple(int(each) for each in version("mistralai").split(".")[:2])
# How an older version of the SDK says that it has no such resource, method, argument or model yet.
_LACKING = re.compile(
    r"'(Mistral|Chat|Beta|Conversations|EventStream|Audio|Classifiers)' object has no attribute|unexpected keyword argument|"
    r"No module named 'mistralai|does not support the asynchronous context manager|"
    r"'(generator|async_generator|Generated|AsyncGenerated)' object does not support the|__enter__|__aenter__"
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except (AttributeError, ImportError, TypeError) as error:
        if VERSION[0] < 3 and _LACKING.search(str(error)):
            pytest.skip(f"mistralai {VERSION}: {error}")
        raise


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
def provider() -> Iterator[Provider]:
    """Return the reference provider, speaking Mistral's wire."""
    with Provider(wires=[WIRE]) as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content off."""
    recorder.instrument(MistralInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content on spans."""
    recorder.instrument(MistralInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY")
    return recorder


@pytest.fixture
async def client(provider: Provider) -> Any:
    """Return a client, of which every method has an asynchronous twin; it never retries."""
    plain, parallel = httpx.Client(verify=False), httpx.AsyncClient(verify=False)
    yield Mistral(api_key="test", server_url=provider.url, client=plain, async_client=parallel)
    plain.close()
    await parallel.aclose()


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}


@pytest.fixture
def defaults(provider: Provider) -> Any:
    """Return what tells the sampling parameters that the SDK has sent by itself, as attributes."""

    def told(number: int = -1) -> dict[str, Any]:
        sent = provider.requests[number].body
        names = ("temperature", "top_p")
        return {f"gen_ai.request.{name}": sent[name] for name in names if sent.get(name) is not None}

    return told


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
