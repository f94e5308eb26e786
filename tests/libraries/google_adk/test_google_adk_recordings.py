# SPDX-License-Identifier: Apache-2.0
"""A recorded run, replayed through ADK: what the spans say is what the recorded bodies say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from libraries.google_adk.conftest import agent
from recordings.tape import interactions
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from harness import Recorder
    from libraries.google_adk.conftest import Ask
    from spanwright.console.provider import Provider

TAPES = interactions("google-adk")
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


def get_weather(city: str) -> dict[str, Any]:
    """Get the weather of a city."""
    return {"status": "success", "report": city}


@pytest.mark.parametrize("content", ["false", "true"])
async def test_a_recorded_run_says_what_the_bodies_say(
    recorder: Recorder, provider: Provider, ask: Ask, content: str
) -> None:
    from spanwright.instrumentors.google_adk import GoogleAdkInstrumentor

    bodies = [json.loads(tape.text) for tape in TAPES]
    for tape in TAPES:
        provider.say(Reply(body=tape.text, http_status=tape.status, headers={"content-type": tape.kind}))
    recorder.instrument(GoogleAdkInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=content)
    await ask(agent(tools=[get_weather]), "What is the weather in New York and London?")
    called = [
        part["functionCall"]["name"]
        for body in bodies
        for part in body["candidates"][0]["content"]["parts"]
        if "functionCall" in part
    ]
    ran = [span.name for span in recorder.spans if span.name.startswith("execute_tool")]
    assert ran == [f"execute_tool {name}" for name in called]
    told = [span.attributes or {} for span in recorder.spans if span.name.startswith("generate_content")]
    used = [body["usageMetadata"] for body in bodies]
    assert [each["gen_ai.usage.input_tokens"] for each in told] == [each["promptTokenCount"] for each in used]
    assert [each["gen_ai.usage.output_tokens"] for each in told] == [
        each["candidatesTokenCount"] + each.get("thoughtsTokenCount", 0) for each in used
    ]
    assert [each.get("gen_ai.usage.reasoning.output_tokens") for each in told] == [
        each.get("thoughtsTokenCount") for each in used
    ]
    assert {each["gen_ai.response.model"] for each in told} == {body["modelVersion"] for body in bodies}
