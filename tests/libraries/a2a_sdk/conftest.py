# SPDX-License-Identifier: Apache-2.0
"""The SDK with an agent behind a server on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry import trace

from alike.runs import quiet  # noqa: F401 - it runs of itself
from libraries.a2a_sdk.agents import House, answers
from spanwright.instrumentors.a2a_sdk import A2ASdkInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from harness import Recorder


@pytest.fixture
def own(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return the recorder whose provider the application and the SDK itself trace to as well."""
    tracer = recorder.tracer_provider.get_tracer
    monkeypatch.setattr(trace, "get_tracer", lambda name, *_, **__: tracer(name))
    return recorder


@pytest.fixture
def traced(own: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content off."""
    own.instrument(A2ASdkInstrumentor())
    return own


@pytest.fixture
def shown(own: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content on spans."""
    own.instrument(A2ASdkInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    return own


@pytest.fixture
def opened() -> Iterator[Callable[..., House]]:
    """Return what opens a house with a guide of that plan."""
    houses: list[House] = []

    def opens(plan: Any = answers, wrapped: Callable[[Any], Any] | None = None) -> House:
        house = House(plan)
        if wrapped is not None:
            house.wrapped = wrapped
        houses.append(house.__enter__())
        return house

    yield opens
    for house in houses:
        house.__exit__()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """Return the HTTP client of the SDK's client."""
    async with httpx.AsyncClient() as http:
        yield http
