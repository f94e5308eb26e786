# SPDX-License-Identifier: Apache-2.0
"""Recorded traffic of DashScope, replayed through the real SDK: the span says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dashscope import Generation

from harness import Recorder
from recordings.tape import Interaction, interactions
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.dashscope import DashScopeInstrumentor

TAPES = interactions("dashscope")
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


def facts(tape: Interaction) -> dict[str, Any]:
    """Return what the span must say, read from the recorded body and by nothing of ours."""
    told = json.loads(tape.text)
    (choice,) = told["output"]["choices"]
    return {
        "gen_ai.response.id": told["request_id"],
        "gen_ai.response.finish_reasons": [
            "tool_call" if choice["finish_reason"] == "tool_calls" else choice["finish_reason"]
        ],
        "gen_ai.usage.input_tokens": told["usage"]["input_tokens"],
        "gen_ai.usage.output_tokens": told["usage"]["output_tokens"],
    }


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_call_is_told_as_it_was(recorder: Recorder, provider: Provider, tape: Interaction) -> None:
    recorder.instrument(
        DashScopeInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    provider.say(Reply(body=tape.text))
    body, _ = tape.asked
    Generation.call(model=body["model"], **body["input"], **body["parameters"])
    found = recorder.attributes()
    assert {key: found.get(key) for key in facts(tape)} == facts(tape)
    assert recorder.tree() == [f"chat {body['model']}"]
    (sent,) = provider.requests
    assert sent.fields["input"] == body["input"]
