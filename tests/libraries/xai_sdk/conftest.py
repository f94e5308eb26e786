# SPDX-License-Identifier: Apache-2.0
"""xAI's SDK instrumented, and its real clients that ask a gRPC server on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xai_sdk
from packaging.version import Version

from lacking import ERRORS, lacking
from wires.xai import Xai

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


VERSION = Version(xai_sdk.__version__)
# Since 1.2 the SDK traces itself.
collect_ignore = ["test_xai_sdk_native.py"] if Version("1.2") > VERSION else []

# How another version of the SDK says that it has no such method, argument, field or module.
pytest_runtest_call = lacking(
    "xai-sdk",
    "1.21",
    r"object has no attribute|unexpected keyword argument|cannot import name|"
    r"module 'xai_sdk[\w.]*' has no attribute|No module named 'xai_sdk|has no field named|no \"\w+\" field",
    (*ERRORS, ValueError),
)


@pytest.fixture
def provider() -> Iterator[Xai]:
    """Return the server, which speaks xAI's API."""
    with Xai() as provider:
        yield provider


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
