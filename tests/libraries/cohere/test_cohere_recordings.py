# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of Cohere, replayed through the real SDK: the span says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import cohere
import httpx
import pytest

from harness import Recorder
from recordings.tape import Interaction, interactions
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.cohere import CohereInstrumentor

if TYPE_CHECKING:
    from collections.abc import Iterator

TAPES = interactions("cohere") + [
    each for each in interactions("langgraph") if urlsplit(each.uri).netloc == "api.cohere.com"
]
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")
REASONS = {"COMPLETE": "stop", "TOOL_CALL": "tool_call", "MAX_TOKENS": "length"}
OPERATIONS = {"chat": "chat", "embed": "embeddings", "rerank": "rerank"}


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Return a recorder that captures content, so that all of it is read and judged."""
    recorder = Recorder()
    recorder.instrument(
        CohereInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    yield recorder
    assert recorder.findings() == []
    recorder.shutdown()
    settings.reload()


def facts(tape: Interaction) -> dict[str, Any]:
    """Return what the span must say, read from the recorded body and by nothing of ours."""
    body = tape.events[-1]["delta"] if "event-stream" in tape.kind else json.loads(tape.text)
    told = (body.get("usage") or body.get("meta") or {}).get("billed_units", {})
    answer = tape.events[0].get("id") if "event-stream" in tape.kind else body.get("id")
    reason = body.get("finish_reason")
    found = {
        "gen_ai.usage.input_tokens": told.get("input_tokens"),
        "gen_ai.usage.output_tokens": told.get("output_tokens"),
        "gen_ai.response.id": answer if reason else None,
        "gen_ai.response.finish_reasons": [REASONS[reason]] if reason else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def call(tape: Interaction, sent: list[httpx.Request]) -> Any:
    """Return the recorded call by its own method, and its arguments."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(tape.status, headers=tape.answer_headers, content=tape.body)

    version, name = urlsplit(tape.uri).path.strip("/").split("/")
    arguments = json.loads(tape.request_body)
    if arguments.pop("stream", False):
        name = f"{name}_stream"
    if version == "v1":
        arguments["batching"] = False
    return version, name, arguments, httpx.MockTransport(answer)


def judge(recorder: Recorder, tape: Interaction, sent: list[httpx.Request]) -> None:
    """Compare the one span with what was recorded."""
    (request,) = sent
    assert json.loads(request.content) == json.loads(tape.request_body)
    model = json.loads(tape.request_body)["model"]
    found = recorder.attributes()
    operation = OPERATIONS[urlsplit(tape.uri).path.rpartition("/")[2]]
    assert found["gen_ai.operation.name"] == operation
    assert (found["gen_ai.provider.name"], found["server.address"]) == ("cohere", "api.cohere.com")
    assert found["gen_ai.request.model"] == model
    assert {key: found.get(key) for key in facts(tape)} == facts(tape)
    if operation == "chat":
        assert found["gen_ai.output.messages"]


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_call_of_cohere_is_told_as_it_was(recorder: Recorder, tape: Interaction) -> None:
    sent: list[httpx.Request] = []
    version, name, arguments, transport = call(tape, sent)
    with httpx.Client(transport=transport, verify=False) as sender:
        made: Any = (cohere.Client if version == "v1" else cohere.ClientV2)(
            api_key="test", httpx_client=sender
        )
        answer = getattr(made, name)(**arguments)
        if name.endswith("_stream"):
            assert list(answer)
    judge(recorder, tape, sent)


@pytest.mark.parametrize("tape", TAPES, ids=str)
async def test_a_recorded_call_of_cohere_is_told_as_it_was_asynchronously(
    recorder: Recorder, tape: Interaction
) -> None:
    sent: list[httpx.Request] = []
    version, name, arguments, transport = call(tape, sent)
    async with httpx.AsyncClient(transport=transport, verify=False) as sender:
        made: Any = (cohere.AsyncClient if version == "v1" else cohere.AsyncClientV2)(
            api_key="test", httpx_client=sender
        )
        if name.endswith("_stream"):
            assert [event async for event in getattr(made, name)(**arguments)]
        else:
            await getattr(made, name)(**arguments)
    judge(recorder, tape, sent)


def test_every_recording_of_cohere_is_here() -> None:
    assert len(TAPES) >= 14
