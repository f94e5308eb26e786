# SPDX-License-Identifier: Apache-2.0
"""xAI's SDK instrumented, and its real clients that ask a gRPC server on loopback."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import xai_sdk
from packaging.version import Version

from spanwright.instrumentors.xai_sdk import XaiInstrumentor
from wires.xai import Xai

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from harness import Recorder

# How another version of the SDK says that it has no such method, argument, field or module.
_LACKING = re.compile(
    r"object has no attribute|unexpected keyword argument|cannot import name|"
    r"module 'xai_sdk[\w.]*' has no attribute|No module named 'xai_sdk|has no field named|no \"\w+\" field"
)
VERSION = Version(xai_sdk.__version__)
NEWEST = Version("1.21")
# Since 1.2 the SDK traces itself.
collect_ignore = ["test_xai_sdk_native.py"] if Version("1.2") > VERSION else []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        if VERSION < NEWEST and _LACKING.search(str(error)):
            pytest.skip(f"xai-sdk {VERSION}: {error}")
        raise


@pytest.fixture
def provider() -> Iterator[Xai]:
    """Return the server, which speaks xAI's API."""
    with Xai() as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content off."""
    recorder.instrument(XaiInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content on spans."""
    recorder.instrument(XaiInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY")
    return recorder


@pytest.fixture
def client(provider: Xai) -> xai_sdk.Client:
    """Return a client that asks the server."""
    return xai_sdk.Client(api_key="test", api_host=provider.host)


@pytest.fixture
async def aclient(provider: Xai) -> AsyncIterator[xai_sdk.AsyncClient]:
    """Return its asynchronous twin."""
    made = xai_sdk.AsyncClient(api_key="test", api_host=provider.host)
    yield made
    if hasattr(made, "close"):
        await made.close()


@pytest.fixture
def server(provider: Xai) -> dict[str, Any]:
    """Return the attributes that name the server's address."""
    return {"server.address": "localhost", "server.port": provider.port}
