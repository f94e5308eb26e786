# SPDX-License-Identifier: Apache-2.0
"""Recorded traffic of Ollama's server, replayed through the real SDK: the span says the same."""

from __future__ import annotations

import json
from typing import Any

import httpx
import ollama
import pytest

from harness import Recorder
from recordings.tape import OK, Interaction, interactions
from spanwright.instrumentors.ollama import OllamaInstrumentor

TAPES = interactions("ollama")
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


@pytest.fixture
def everything(recorder: Recorder) -> Recorder:
    """Return a recorder that captures content, so that all of it is read and judged."""
    recorder.instrument(
        OllamaInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    return recorder


def facts(tape: Interaction) -> dict[str, Any]:
    """Return what the span must say, read from the recorded body and by nothing of ours."""
    last = json.loads(tape.text.decode().splitlines()[-1])
    if tape.status != OK:
        return {"error.type": "ollama._types.ResponseError"}
    return {
        "gen_ai.response.model": last["model"],
        "gen_ai.response.finish_reasons": [last["done_reason"]],
        "gen_ai.usage.input_tokens": last["prompt_eval_count"],
        "gen_ai.usage.output_tokens": last["eval_count"],
    }


def said(tape: Interaction) -> list[str]:
    """Return the texts of the recorded answer: what was thought and what was said."""
    found = [json.loads(line).get("message", {}) for line in tape.text.decode().splitlines()]
    # Before 0.5 the SDK drops what the model thought.
    names = [name for name in ("thinking", "content") if name in ollama.Message.model_fields]
    texts = ("".join(each.get(name, "") for each in found) for name in names)
    return [text for text in texts if text]


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_call_is_told_as_it_was(everything: Recorder, tape: Interaction) -> None:
    sent: list[Any] = []

    def answer(request: Any) -> Any:
        sent.append(json.loads(request.content))
        return httpx.Response(tape.status, content=tape.body)

    body, _ = tape.asked
    client = ollama.Client(host="http://127.0.0.1:11434", verify=False, transport=httpx.MockTransport(answer))
    try:
        told = client.chat(**body)
        if body["stream"]:
            list(told)
    except ollama.ResponseError:
        assert tape.status != OK
    client._client.close()
    found = everything.attributes()
    assert {key: found.get(key) for key in facts(tape)} == facts(tape)
    assert everything.tree() == [f"chat {body['model']}"]
    if tape.status == OK:
        (message,) = json.loads(found["gen_ai.output.messages"])
        assert [part["content"] for part in message["parts"] if "content" in part] == said(tape)
    assert {key: value for key, value in sent[0].items() if key != "tools"} == {
        key: value for key, value in body.items() if key != "tools"
    }
