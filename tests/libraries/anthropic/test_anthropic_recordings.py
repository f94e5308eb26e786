# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of Anthropic's API, replayed through the real SDK: the span says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from recordings.tape import OK, RECORDINGS, Interaction, interactions
from spanwright.instrumentors.anthropic import AnthropicInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

TAPES = interactions("anthropic")
REASONS = {"end_turn": "stop", "tool_use": "tool_call", "max_tokens": "length"}
NAMED = ("model", "max_tokens", "messages")
pytestmark = [
    pytest.mark.skipif(not TAPES, reason="the folder of recordings is not here"),
    # The SDK knows which of the recorded models have come to their end.
    pytest.mark.filterwarnings("ignore:The model:DeprecationWarning"),
]
base = anthropic._base_client
http: Any = getattr(base, "httpx2", None) or base.httpx


def facts(tape: Interaction) -> dict[str, Any]:
    """Return what the span must say of the answer, read from the recorded body and by nothing of ours."""
    if tape.status != OK:
        return {"error.type": "anthropic.AuthenticationError"}
    if "event-stream" in tape.kind:
        (start,) = [event["message"] for event in tape.events if event["type"] == "message_start"]
        (end,) = [event for event in tape.events if event["type"] == "message_delta"]
        body = {**start, **end["delta"], "usage": {**start["usage"], **end["usage"]}}
    else:
        body = json.loads(tape.text)
    usage = body["usage"]
    read, written = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
    thought = (usage.get("output_tokens_details") or {}).get("thinking_tokens")
    told = {
        "gen_ai.response.id": body["id"],
        "gen_ai.response.model": body["model"],
        "gen_ai.response.finish_reasons": [REASONS[body["stop_reason"]]],
        "gen_ai.usage.input_tokens": usage["input_tokens"] + read + written,
        "gen_ai.usage.output_tokens": usage["output_tokens"],
        "gen_ai.usage.cache_read.input_tokens": read or None,
        "gen_ai.usage.cache_write.input_tokens": written or None,
        "gen_ai.usage.reasoning.output_tokens": thought or None,
    }
    return {key: value for key, value in told.items() if value is not None}


def parts(tape: Interaction) -> list[str]:
    """Return the kinds of the blocks that were answered."""
    if "event-stream" in tape.kind:
        blocks = [each["content_block"] for each in tape.events if each["type"] == "content_block_start"]
    else:
        blocks = json.loads(tape.text)["content"]
    return [block["type"] for block in blocks]


SAME = {
    "text": "text",
    "tool_use": "tool_call",
    "thinking": "reasoning",
    "server_tool_use": "server_tool_call",
    "tool_search_tool_result": "server_tool_call_response",
    "redacted_thinking": "generic",
}


def answering(tape: Interaction, sent: list[Any]) -> Any:
    """Return a transport that answers as recorded and keeps what was sent."""

    def answer(request: Any) -> Any:
        sent.append(request)
        return http.Response(tape.status, headers=tape.answer_headers, content=tape.body)

    return http.MockTransport(answer)


def asked(tape: Interaction) -> dict[str, Any]:
    """Return how to ask again; `extra_body` has whatever this version does not name."""
    body, _ = tape.asked
    stream = {"stream": True} if body.get("stream") is True else {}
    return {**{name: body[name] for name in NAMED}, **stream, "extra_body": body}


def judge(recorder: Recorder, tape: Interaction, sent: list[Any]) -> None:
    """Compare the one span with what was recorded."""
    body, _ = tape.asked
    assert recorder.tree() == [f"chat {body['model']}"]
    found = recorder.attributes()
    assert (found["gen_ai.provider.name"], found["server.address"]) == ("anthropic", "api.anthropic.com")
    told = facts(tape)
    assert {key: found.get(key) for key in told} == told
    (request,) = sent
    assert json.loads(request.content) == body
    assert len(json.loads(found["gen_ai.input.messages"])) == len(body["messages"])
    if tape.status == OK:
        (message,) = json.loads(found["gen_ai.output.messages"])
        assert [part["type"] for part in message["parts"]] == [SAME[kind] for kind in parts(tape)]


@pytest.fixture
def everything(recorder: Recorder) -> Recorder:
    """Return the recorder with Anthropic instrumented, content on."""
    recorder.instrument(
        AnthropicInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    return recorder


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_message_is_told_as_it_was(everything: Recorder, tape: Interaction) -> None:
    sent: list[Any] = []
    sender = http.Client(transport=answering(tape, sent))
    with anthropic.Anthropic(api_key="test", max_retries=0, http_client=sender) as client:
        try:
            answer = client.messages.create(**asked(tape))
            if hasattr(answer, "__stream__"):
                assert list(answer)
        except anthropic.APIStatusError as error:
            assert error.status_code == tape.status
    judge(everything, tape, sent)


@pytest.mark.parametrize("tape", TAPES, ids=str)
async def test_a_recorded_message_is_told_as_it_was_asynchronously(
    everything: Recorder, tape: Interaction
) -> None:
    sent: list[Any] = []
    sender = http.AsyncClient(transport=answering(tape, sent))
    async with anthropic.AsyncAnthropic(api_key="test", max_retries=0, http_client=sender) as client:
        try:
            answer = await client.messages.create(**asked(tape))
            if hasattr(answer, "__stream__"):
                assert [event async for event in answer]
        except anthropic.APIStatusError as error:
            assert error.status_code == tape.status
    judge(everything, tape, sent)


def test_every_recording_of_anthropic_is_here() -> None:
    lines = (RECORDINGS / "INDEX.md").read_text().splitlines()
    listed = [line.split("|")[5] for line in lines if line.startswith("| `anthropic/")]
    assert len(TAPES) == sum(int(each.split(",")[0]) for each in listed) > 0
