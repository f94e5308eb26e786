# SPDX-License-Identifier: Apache-2.0
"""A recorded run of Replicate, replayed through the real SDK: one span, however often it was polled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
import replicate

from recordings.tape import interactions
from spanwright.instrumentors.replicate import ReplicateInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

TAPES = interactions("replicate")
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")
NAME = "stability-ai/stable-diffusion"


def test_a_recorded_run_is_told_as_it_was(recorder: Recorder) -> None:
    recorder.instrument(
        ReplicateInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    left, sent = list(TAPES), []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        tape = left.pop(0)
        return httpx.Response(tape.status, headers=tape.answer_headers, content=tape.body)

    client = replicate.Client(api_token="test", transport=httpx.MockTransport(answer))
    client.poll_interval = 0
    asked = json.loads(TAPES[0].request_body)
    client.run(f"{NAME}:{asked['version']}", input=asked["input"])
    client._client.close()
    assert not left
    assert json.loads(sent[0].content) == asked
    last = json.loads(TAPES[-1].text)
    assert recorder.tree() == [f"generate_content {NAME}:{asked['version']}"]
    found = recorder.attributes()
    assert found["gen_ai.response.id"] == last["id"]
    assert found["gen_ai.response.model"] == last["model"]
    assert found["gen_ai.response.finish_reasons"] == ["stop"]
    assert found["server.address"] == "api.replicate.com"
    (said,) = json.loads(found["gen_ai.output.messages"])
    assert [part["uri"] for part in said["parts"]] == last["output"]
