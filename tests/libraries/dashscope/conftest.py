# SPDX-License-Identifier: Apache-2.0
"""DashScope's SDK instrumented, asking the reference provider."""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

import dashscope
import pytest

from lacking import lacking
from spanwright.console.provider import Provider
from wires.dashscope import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


MAJOR = int(version("dashscope").partition(".")[0])

# How an older version of the SDK says that it has no such resource, method or argument yet.
pytest_runtest_call = lacking("dashscope", "2", "missing 1 required positional argument")


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
