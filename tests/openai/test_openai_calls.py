# SPDX-License-Identifier: Apache-2.0
"""OpenAI through the real SDK and the reference provider."""

from __future__ import annotations

import asyncio
import gc

import openai
import pytest
from harness import Recorder

from spanwright.console.provider import Provider
from spanwright.instrumentors.openai import OpenAIInstrumentor

HELLO = [{"role": "user", "content": "Hello there"}]


@pytest.fixture
def client(recorder: Recorder, provider: Provider) -> openai.OpenAI:
    recorder.instrument(OpenAIInstrumentor())
    return openai.OpenAI(base_url=provider.base_url, api_key="test", max_retries=0)


def test_a_dropped_stream_still_ends_its_span(recorder: Recorder, client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    next(stream)
    del stream
    gc.collect()
    assert recorder.tree() == ["chat gpt-4o-mini"]


def test_async_call(recorder: Recorder, client: openai.OpenAI, provider: Provider) -> None:
    async def call() -> None:
        async with openai.AsyncOpenAI(base_url=provider.base_url, api_key="test") as asynchronous:
            await asynchronous.chat.completions.create(model="gpt-4o-mini", messages=HELLO)

    asyncio.run(call())
    assert recorder.tree() == ["chat gpt-4o-mini"]
