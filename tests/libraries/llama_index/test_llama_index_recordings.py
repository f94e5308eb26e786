# SPDX-License-Identifier: Apache-2.0
"""Recorded traffic, replayed through LlamaIndex: what the span says is what the recorded body says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai import OpenAI

from libraries.llama_index.conftest import HTTP
from recordings.tape import Interaction, interactions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from harness import Recorder

TAPES = [tape for tape in interactions("llama-index") if tape.path == "/chat/completions"]
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


@pytest.fixture(params=TAPES, ids=str)
def tape(request: pytest.FixtureRequest) -> Interaction:
    """Return a recorded interaction."""
    return request.param


@pytest.fixture
async def replayed(tape: Interaction) -> AsyncIterator[OpenAI]:
    """Return a model that gets the recorded answer."""

    def answer(_: Any) -> Any:
        return HTTP.Response(tape.status, headers=tape.answer_headers, content=tape.body)

    sync = HTTP.Client(transport=HTTP.MockTransport(answer))
    asynchronous = HTTP.AsyncClient(transport=HTTP.MockTransport(answer))
    body, _ = tape.asked
    yield OpenAI(
        model=body["model"],
        max_tokens=body.get("max_tokens"),
        api_base=tape.base_url,
        api_key="test",
        max_retries=0,
        http_client=sync,
        async_http_client=asynchronous,
    )
    sync.close()
    await asynchronous.aclose()


def asked(tape: Interaction) -> list[ChatMessage]:
    return [ChatMessage(role=each["role"], content=each["content"]) for each in tape.asked[0]["messages"]]


def judge(recorder: Recorder, tape: Interaction) -> None:
    body, _ = tape.asked
    assert recorder.tree() == [f"chat {body['model']}"]
    found = recorder.attributes()
    assert {key: found.get(key) for key in tape.facts} == tape.facts
    assert found["gen_ai.request.max_tokens"] == body["max_tokens"]
    assert (found["server.address"], found["gen_ai.provider.name"]) == (tape.host, "openai")


def test_a_recorded_stream_says_what_the_body_says(
    traced: Recorder, replayed: OpenAI, tape: Interaction
) -> None:
    assert list(replayed.stream_chat(asked(tape)))
    judge(traced, tape)


async def test_a_recorded_async_stream_says_what_the_body_says(
    traced: Recorder, replayed: OpenAI, tape: Interaction
) -> None:
    async for _ in await replayed.astream_chat(asked(tape)):
        pass
    judge(traced, tape)


def test_without_its_client_a_recorded_stream_says_the_same(
    alone: Recorder, replayed: OpenAI, tape: Interaction
) -> None:
    assert list(replayed.stream_chat(asked(tape)))
    found = alone.attributes()
    told = {key: value for key, value in tape.facts.items() if not key.startswith("openai.")}
    assert {key: found.get(key) for key in told} == told
