# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of Voyage, replayed through the real SDK: the span says the same."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import voyageai

from recordings.tape import Interaction, interactions
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.voyageai import VoyageAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

TAPES = interactions("voyage")
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")
METHODS = {"embeddings": "embed", "rerank": "rerank"}


def arguments(tape: Interaction) -> tuple[str, dict[str, Any]]:
    """Return the method that was called and its arguments."""
    name = METHODS[urlsplit(tape.uri).path.rpartition("/")[2]]
    body = json.loads(tape.request_body)
    if "input" in body:
        body["texts"] = body.pop("input")
        del body["encoding_format"]
    known = inspect.signature(getattr(voyageai.Client, name)).parameters
    return name, {key: value for key, value in body.items() if key in known}


def judge(recorder: Recorder, tape: Interaction, provider: Provider) -> None:
    """Compare the one span with what was recorded."""
    body, told = json.loads(tape.request_body), json.loads(tape.text)
    (request,) = provider.requests
    assert {key: value for key, value in request.body.items() if value is not None} == {
        key: value for key, value in body.items() if value is not None
    }
    found = recorder.attributes()
    assert found["gen_ai.request.model"] == body["model"]
    if found["gen_ai.operation.name"] == "embeddings":
        assert found["gen_ai.response.model"] == told["model"]
        assert found["gen_ai.usage.input_tokens"] == told["usage"]["total_tokens"]
    else:
        assert found["gen_ai.retrieval.top_k"] == body["top_k"]
        documents = json.loads(found["gen_ai.retrieval.documents"])
        assert [(each["id"], each["score"], each["content"]) for each in documents] == [
            (str(each["index"]), each["relevance_score"], body["documents"][each["index"]])
            for each in told["data"]
        ]


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return a recorder that captures content everywhere."""
    recorder.instrument(
        VoyageAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    return recorder


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_call_of_voyage_is_told_as_it_was(
    shown: Recorder, provider: Provider, client: voyageai.Client, tape: Interaction
) -> None:
    provider.say(Reply(body=tape.body))
    name, asked = arguments(tape)
    getattr(client, name)(**asked)
    judge(shown, tape, provider)


@pytest.mark.parametrize("tape", TAPES, ids=str)
async def test_a_recorded_call_of_voyage_is_told_as_it_was_asynchronously(
    shown: Recorder, provider: Provider, make: Callable[..., Any], tape: Interaction
) -> None:
    provider.say(Reply(body=tape.body))
    name, asked = arguments(tape)
    await getattr(make(voyageai.AsyncClient), name)(**asked)
    judge(shown, tape, provider)


def test_every_recording_of_voyage_is_here() -> None:
    assert len(TAPES) == 2
