# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's inference clients instrumented, and real ones that ask the reference provider."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.huggingface import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


MAJOR = int(version("huggingface_hub").partition(".")[0])

# How an older version of the SDK says that it has no such resource, method or argument yet.
pytest_runtest_call = lacking("huggingface_hub", "2", "unexpected keyword argument")


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
def client_at(provider: Provider) -> Iterator[Callable[[str], InferenceClient]]:
    """Return a maker of clients of a server that is called by its address."""
    made: list[InferenceClient] = []

    def make(path: str) -> InferenceClient:
        made.append(InferenceClient(model=provider.url + path, token="test"))
        return made[-1]

    yield make
    for each in made:
        with suppress(AttributeError):
            each.close()
    _close_session()


def _close_session() -> None:
    """Close the connections that all clients of a thread share."""
    with suppress(ImportError):
        from huggingface_hub import close_session

        close_session()
        return
    from huggingface_hub.utils import get_session

    get_session().close()


@pytest.fixture
async def aclient_at(provider: Provider) -> AsyncIterator[Callable[[str], AsyncInferenceClient]]:
    """Return its asynchronous twin."""
    made: list[AsyncInferenceClient] = []

    def make(path: str) -> AsyncInferenceClient:
        made.append(AsyncInferenceClient(model=provider.url + path, token="test"))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
def client(client_at: Callable[[str], InferenceClient]) -> InferenceClient:
    """Return a client of a server of chat."""
    return client_at("/v1")


@pytest.fixture
def aclient(aclient_at: Callable[[str], AsyncInferenceClient]) -> AsyncInferenceClient:
    """Return its asynchronous twin."""
    return aclient_at("/v1")
