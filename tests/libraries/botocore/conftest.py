# SPDX-License-Identifier: Apache-2.0
"""botocore instrumented, and the real clients that ask the reference provider for Bedrock."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore
import pytest
from aiobotocore.session import get_session
from botocore.config import Config

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from spanwright.console.provider.request import Answer
from wires.bedrock import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


KEYS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
HELLO: list[Any] = [{"role": "user", "content": [{"text": "Hello there"}]}]


# With us or without, what is dropped unread leaves its socket to the collector, which warns.
_LEFT = ("ignore:(?i)unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

# How an older version of the SDK says that it has no such operation or parameter yet.
pytest_runtest_call = lacking(
    "botocore", "1.40", r"object has no attribute|Unknown parameter in ", (Exception,)
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests of this folder leave sockets behind."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for each in _LEFT:
                item.add_marker(pytest.mark.filterwarnings(each))


STORE = Wire(
    routes=(("GET", "/bucket/.+", lambda request, reply, state: Answer(b"plain", kind="text/plain")),),
    refuse=WIRE.refuse,
)


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE, STORE]


@pytest.fixture
def connect(provider: Provider) -> Iterator[Callable[..., Any]]:
    """Return what makes a client of a service that asks the reference provider and never retries."""
    made: list[Any] = []

    def connected(service: str, **config: Any) -> Any:
        told = {"retries": {"total_max_attempts": 1}, **config}
        made.append(boto3.client(service, endpoint_url=provider.url, config=Config(**told), **KEYS))
        return made[-1]

    yield connected
    for client in made:
        client.close()


@pytest.fixture
def client(connect: Callable[..., Any]) -> Any:
    """Return a client of Bedrock's models."""
    return connect("bedrock-runtime")


@pytest.fixture
def needs(connect: Callable[..., Any]) -> Callable[[str, str, str], None]:
    """Return what skips a test whose facts an older botocore drops from the answer, not knowing them yet."""

    def needed(service: str, shape: str, member: str) -> None:
        model = connect(service).meta.service_model
        if member not in getattr(_shape(model, shape), "members", ()):
            pytest.skip(f"botocore {botocore.__version__} knows no {shape}.{member}")

    return needed


def _shape(model: Any, name: str) -> Any:
    return model.shape_for(name) if name in model.shape_names else None


@pytest.fixture
def agents(connect: Callable[..., Any]) -> Any:
    """Return a client of Bedrock's agents and knowledge bases."""
    return connect("bedrock-agent-runtime")


@pytest.fixture
def aconnect(provider: Provider) -> Callable[..., Any]:
    """Return what makes an asynchronous client, as a context manager."""

    @asynccontextmanager
    async def connected(service: str = "bedrock-runtime") -> AsyncIterator[Any]:
        config = Config(retries={"total_max_attempts": 1})
        async with get_session().create_client(
            service, endpoint_url=provider.url, config=config, **KEYS
        ) as client:
            yield client

    return connected


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that every span has: the reference provider's address, and who it is."""
    return {
        "server.address": "127.0.0.1",
        "server.port": int(provider.url.rpartition(":")[2]),
        "gen_ai.provider.name": "aws.bedrock",
    }
