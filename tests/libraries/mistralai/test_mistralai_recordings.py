# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of Mistral, replayed through the real SDK: the span says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from harness import Recorder
from recordings.tape import RECORDINGS, Interaction, interactions
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.mistralai import MistralInstrumentor

if TYPE_CHECKING:
    from collections.abc import Iterator

TAPES = interactions("mistral")
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


@pytest.fixture
def told() -> Iterator[Recorder]:
    """Return a recorder that captures content, so that all of it is read and judged."""
    recorder = Recorder()
    recorder.instrument(
        MistralInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    yield recorder
    recorder.shutdown()
    settings.reload()


def arguments(tape: Interaction) -> dict[str, Any]:
    """Return the arguments that make the recorded request."""
    body, _ = tape.asked
    return {name: value for name, value in body.items() if name != "stream" and value is not None}


def judge(recorder: Recorder, tape: Interaction) -> None:
    """Compare the one span with what was recorded."""
    body, _ = tape.asked
    assert recorder.tree() == [f"chat {body['model']}"]
    found = recorder.attributes()
    assert (found["gen_ai.provider.name"], found["server.address"]) == ("mistral_ai", "api.mistral.ai")
    assert {key: found.get(key) for key in tape.facts} == tape.facts
    assert "error.type" not in found
    assert recorder.findings() == []


def said(tape: Interaction) -> tuple[str, str]:
    """Return the thoughts and the words of a recorded answer, read by nothing of ours."""
    if "event-stream" in tape.kind:
        parts = [choice["delta"].get("content") for event in tape.events for choice in event["choices"]]
    else:
        parts = [json.loads(tape.text)["choices"][0]["message"]["content"]]
    thoughts, words = "", ""
    for part in parts:
        for each in part if isinstance(part, list) else [{"type": "text", "text": part or ""}]:
            if each["type"] == "thinking":
                thoughts += "".join(one["text"] for one in each["thinking"])
            else:
                words += each["text"]
    return thoughts, words


def spoken(recorder: Recorder) -> tuple[str, str]:
    (message,) = json.loads(recorder.attributes()["gen_ai.output.messages"])
    kinds = ("reasoning", "text")
    thoughts, words = ("".join(p["content"] for p in message["parts"] if p["type"] == kind) for kind in kinds)
    return thoughts, words


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_call_is_told_as_it_was(told: Recorder, modern: None, sdk: Any, tape: Interaction) -> None:
    response = sdk.httpx.Response(tape.status, headers=tape.answer_headers, content=tape.body)
    with sdk.httpx.Client(verify=False, transport=sdk.httpx.MockTransport(lambda _: response)) as http:
        client = sdk.Mistral(api_key="test", client=http)
        if tape.asked[0].get("stream"):
            assert list(client.chat.stream(**arguments(tape)))
        else:
            client.chat.complete(**arguments(tape))
    judge(told, tape)
    assert spoken(told) == said(tape)


@pytest.mark.parametrize("tape", TAPES, ids=str)
async def test_a_recorded_call_is_told_as_it_was_asynchronously(
    told: Recorder, modern: None, sdk: Any, tape: Interaction
) -> None:
    response = sdk.httpx.Response(tape.status, headers=tape.answer_headers, content=tape.body)
    sender = sdk.httpx.AsyncClient(verify=False, transport=sdk.httpx.MockTransport(lambda _: response))
    async with sender:
        client = sdk.Mistral(api_key="test", async_client=sender)
        if tape.asked[0].get("stream"):
            assert [each async for each in await client.chat.stream_async(**arguments(tape))]
        else:
            await client.chat.complete_async(**arguments(tape))
    judge(told, tape)
    assert spoken(told) == said(tape)


def test_every_recording_that_the_index_lists_is_here() -> None:
    lines = (RECORDINGS / "INDEX.md").read_text().splitlines()
    listed = sum(int(line.split("|")[5].split(",")[0]) for line in lines if line.startswith("| `mistral/"))
    assert len(TAPES) == listed > 0
