# SPDX-License-Identifier: Apache-2.0
"""Instructor instrumented, with the client beneath it, asking the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import instructor
import openai
import pytest

from alike.clients import parallel, plain
from lacking import lacking
from spanwright.instrumentors.instructor import InstructorInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

# How an older version says that it cannot do something yet.
pytest_runtest_call = lacking(
    "instructor",
    "1.4",
    r"has no attribute|unexpected keyword argument|No module named '(instructor\.|anthropic)",
)


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with Instructor and OpenAI instrumented, content off."""
    recorder.instrument(InstructorInstrumentor(), OpenAIInstrumentor())
    return recorder


@pytest.fixture
def sdk(provider: Provider) -> Iterator[openai.OpenAI]:
    """Return a client of the SDK, which never retries."""
    with plain(provider) as made:
        yield made


@pytest.fixture
async def asdk(provider: Provider) -> AsyncIterator[openai.AsyncOpenAI]:
    """Return its asynchronous twin."""
    async with parallel(provider) as made:
        yield made


@pytest.fixture
def client(sdk: openai.OpenAI) -> Any:
    """Return Instructor's client."""
    return instructor.from_openai(sdk)


@pytest.fixture
def aclient(asdk: openai.AsyncOpenAI) -> Any:
    """Return its asynchronous twin."""
    return instructor.from_openai(asdk)
