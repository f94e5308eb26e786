# SPDX-License-Identifier: Apache-2.0
"""Voyage's SDK instrumented, and its real clients that ask the reference provider."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
import voyageai

from spanwright.console.provider import Provider
from spanwright.instrumentors.voyageai import VoyageAIInstrumentor
from wires.voyage import WIRE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from harness import Recorder

_OLDEST_WHOLE = (0, 5)
_LACKING = re.compile(r"object has no attribute|unexpected keyword argument")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip what the installed version of the SDK cannot do; with the newest one nothing is skipped."""
    try:
        return (yield)
    except (AttributeError, TypeError) as error:
        found = version("voyageai")
        if tuple(map(int, found.split(".")[:2])) < _OLDEST_WHOLE and _LACKING.search(str(error)):
            pytest.skip(f"voyageai {found}: {error}")
        raise


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider with Voyage's wire."""
    with Provider(wires=[WIRE]) as provider:
        yield provider


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with Voyage instrumented, content off."""
    recorder.instrument(VoyageAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with Voyage instrumented, content on spans."""
    recorder.instrument(
        VoyageAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    return recorder


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


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}
