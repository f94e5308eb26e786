# SPDX-License-Identifier: Apache-2.0
"""Voyage's SDK instrumented, and its real clients that ask the reference provider."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
import voyageai

from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.voyage import WIRE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# How an older version of the SDK says that it has no such resource, method or argument yet.
pytest_runtest_call = lacking("voyageai", "0.5", r"object has no attribute|unexpected keyword argument")


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> Callable[..., Any]:
    """Return what makes a client of a class that asks the reference provider; early versions keep the address apart."""

    def made(kind: Any, **options: Any) -> Any:
        told = {"api_key": "test", **options}
        if "base_url" in inspect.signature(kind).parameters:
            return kind(**told, base_url=provider.base_url)
        monkeypatch.setattr(voyageai, "api_base", provider.base_url)
        return kind(**told)

    return made


@pytest.fixture
def client(make: Callable[..., Any]) -> voyageai.Client:
    """Return a client."""
    return make(voyageai.Client)


@pytest.fixture
def aclient(make: Callable[..., Any]) -> voyageai.AsyncClient:
    """Return its asynchronous twin."""
    return make(voyageai.AsyncClient)


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    """Close the session that the SDK keeps for each thread."""
    yield
    context = voyageai.api_resources.api_requestor._thread_context
    if hasattr(context, "session"):
        context.session.close()
        del context.session
