# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of Bedrock, replayed through the real SDKs: the span says the same."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest

from harness import Recorder
from recordings.tape import RECORDINGS, Interaction, interactions
from spanwright.console.provider import Provider, Wire
from spanwright.console.provider.request import Answer
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.botocore import BotocoreInstrumentor
from wires.frames import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TAPES = interactions("bedrock")
REASONS = {"end_turn": "stop", "tool_use": "tool_call", "max_tokens": "length"}
STREAMS = ("converse-stream", "invoke-with-response-stream")
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Return a recorder that captures content, so that all of it is read and judged."""
    recorder = Recorder()
    recorder.instrument(
        BotocoreInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    yield recorder
    recorder.shutdown()
    settings.reload()


@pytest.fixture
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    """Return a provider that answers as recorded, whatever it is asked."""
    tape: Interaction = request.getfixturevalue("tape")
    headers = {
        name: value
        for name, value in tape.headers.items()
        if name not in ("connection", "transfer-encoding", "content-length")
    }

    def answer(*_: Any) -> Answer:
        return Answer(tape.body, tape.status, headers.get("content-type", ""), headers)

    with Provider(wires=[Wire((("POST", ".*", answer),), refuse=answer)]) as provider:
        yield provider


def place(tape: Interaction) -> tuple[str, str]:
    """Return the model and the operation that the address names."""
    _, _, model, operation = urlsplit(tape.uri).path.split("/", 3)
    return unquote(model), operation


def call(client: Any, tape: Interaction) -> Any:
    """Make the recorded call by its own method."""
    model, operation = place(tape)
    if operation == "converse":
        return client.converse(modelId=model, **json.loads(tape.request_body))
    if operation == "converse-stream":
        return client.converse_stream(modelId=model, **json.loads(tape.request_body))
    if operation == "invoke":
        return client.invoke_model(modelId=model, body=tape.request_body)
    return client.invoke_model_with_response_stream(modelId=model, body=tape.request_body)


def answer_of(tape: Interaction) -> dict[str, Any]:
    """Return the facts that the recorded body states, read by nothing of ours."""
    _, operation = place(tape)
    if operation not in STREAMS:
        return json.loads(tape.body)
    found: dict[str, Any] = {}
    for headers, payload in decoded(tape.body):
        told = json.loads(payload)
        if headers[":event-type"] == "chunk":
            told = json.loads(base64.b64decode(told["bytes"]))
            found.update(told.get("messageStop", {}))
            found.update(told.get("metadata", {}))
        elif headers[":event-type"] in ("messageStop", "metadata"):
            found.update(told)
    return found


def facts(tape: Interaction) -> dict[str, Any]:
    """Return what the span must say."""
    body = answer_of(tape)
    used = body["usage"]
    written = used.get("cacheWriteInputTokens") or None
    cached = used.get("cacheReadInputTokens") or None
    given = used.get("inputTokens", used.get("input_tokens")) + (written or 0) + (cached or 0)
    told = {
        "gen_ai.response.finish_reasons": [REASONS[body.get("stopReason") or body["stop_reason"]]],
        "gen_ai.response.id": body.get("id"),
        "gen_ai.response.model": body.get("model"),
        "gen_ai.usage.input_tokens": given,
        "gen_ai.usage.output_tokens": used.get("outputTokens", used.get("output_tokens")),
        "gen_ai.usage.cache_read.input_tokens": cached,
        "gen_ai.usage.cache_write.input_tokens": written,
    }
    if "totalTokens" in used:
        assert given + told["gen_ai.usage.output_tokens"] == used["totalTokens"]
    return {key: value for key, value in told.items() if value is not None}


def judge(recorder: Recorder, tape: Interaction) -> None:
    model, operation = place(tape)
    found = recorder.attributes()
    assert recorder.tree() == [f"chat {model}"]
    assert found["gen_ai.provider.name"] == "aws.bedrock"
    assert found.get("gen_ai.request.stream", False) == (operation in STREAMS)
    answered = ("gen_ai.response.finish", "gen_ai.response.id", "gen_ai.response.model", "gen_ai.usage.")
    assert {key: value for key, value in found.items() if key.startswith(answered)} == facts(tape)
    assert json.loads(found["gen_ai.input.messages"])
    assert json.loads(found["gen_ai.output.messages"])[0]["parts"]
    assert recorder.findings() == []


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_call_is_told_as_it_was(recorder: Recorder, client: Any, tape: Interaction) -> None:
    answer = call(client, tape)
    held = answer.get("stream") or answer.get("body")
    assert held is None or list(held)
    judge(recorder, tape)


@pytest.mark.parametrize("tape", TAPES, ids=str)
async def test_a_recorded_call_is_told_as_it_was_asynchronously(
    recorder: Recorder, aconnect: Callable[..., Any], tape: Interaction
) -> None:
    async with aconnect() as client:
        answer = await call(client, tape)
        held = answer.get("stream") or answer.get("body")
        assert held is None or [each async for each in held]
    judge(recorder, tape)


def test_every_recording_that_the_index_lists_is_here() -> None:
    lines = (RECORDINGS / "INDEX.md").read_text().splitlines()
    listed = [line.split("|")[5] for line in lines if line.startswith("| `bedrock/")]
    assert len(TAPES) == sum(int(each.split(",")[0]) for each in listed) > 0
