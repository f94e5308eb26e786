# SPDX-License-Identifier: Apache-2.0
"""DashScope's SDK instrumented, asking the reference provider."""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dashscope
import pytest

from spanwright.console.provider import Provider
from spanwright.instrumentors.dashscope import DashScopeInstrumentor
from wires.dashscope import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from harness import Recorder

MAJOR = int(version("dashscope").partition(".")[0])
_NEWEST = 2


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except TypeError as error:
        if MAJOR < _NEWEST and "missing 1 required positional argument" in str(error):
            pytest.skip(f"dashscope {version('dashscope')}: {error}")
        raise


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Return the reference provider, speaking DashScope's protocol; the SDK is sent there."""
    with Provider(wires=[WIRE]) as provider:
        monkeypatch.setattr(dashscope, "base_http_api_url", f"{provider.url}/api/v1")
        monkeypatch.setattr(dashscope, "api_key", "test")
        yield provider
        with suppress(ImportError):
            from dashscope.api_entities.http_request import close_shared_sync_session

            close_shared_sync_session()


@pytest.fixture
async def asynchronous(provider: Provider) -> AsyncIterator[None]:
    """Close the connections that all asynchronous calls of a loop share."""
    yield
    gc.collect()
    with suppress(ImportError):
        from dashscope.api_entities.aio_session import close_shared_aio_session

        await close_shared_aio_session()


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with DashScope instrumented, content off."""
    recorder.instrument(DashScopeInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with DashScope instrumented, content on spans."""
    recorder.instrument(
        DashScopeInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    return recorder


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}
