# SPDX-License-Identifier: Apache-2.0
"""What frameworks tell of content alike; a library's folder imports the tests and brings the agent as a fixture.

`forecaster` has instructions and a tool `get_weather`; its fixtures are those of `alike.layers`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from alike.weather import ASK
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

__all__ = [
    "test_a_tool_says_its_arguments_and_its_result",
    "test_an_agent_says_what_it_was_asked_and_answered",
    "test_content_is_off_by_default",
    "test_events_tell_the_messages_when_they_are_asked_for",
]
ANSWER = "Here is what I found: It is sunny in Lisbon."
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
LAYERS = pytest.mark.parametrize("fixture", ["shown", "alone"])
"""With the OpenAI SDK instrumented beneath the framework, and without."""


def read(recorder: Recorder, prefix: str, name: str) -> Any:
    """Return an attribute of the first span of that name, parsed."""
    span = next(span for span in recorder.spans if span.name.startswith(prefix))
    return json.loads(str((span.attributes or {})[name]))


async def test_content_is_off_by_default(traced: Recorder, forecaster: Any) -> None:
    await forecaster.run(ASK)
    everything = traced.everything()
    assert "Lisbon" not in everything
    assert "You tell the weather" not in everything


@LAYERS
async def test_an_agent_says_what_it_was_asked_and_answered(
    request: pytest.FixtureRequest, forecaster: Any, fixture: str
) -> None:
    recorder = request.getfixturevalue(fixture)
    await forecaster.run(ASK)
    asked = {"role": "user", "parts": [{"type": "text", "content": ASK}]}
    assert read(recorder, "invoke_agent", "gen_ai.input.messages") == [asked]
    answered = read(recorder, "invoke_agent", "gen_ai.output.messages")[-1]
    assert answered["role"] == "assistant"
    assert answered["parts"] == [{"type": "text", "content": ANSWER}]
    instructions = [{"type": "text", "content": "You tell the weather."}]
    assert read(recorder, "invoke_agent", "gen_ai.system_instructions") == instructions


@LAYERS
async def test_a_tool_says_its_arguments_and_its_result(
    request: pytest.FixtureRequest, forecaster: Any, fixture: str
) -> None:
    recorder = request.getfixturevalue(fixture)
    await forecaster.run(ASK)
    assert read(recorder, "execute_tool", "gen_ai.tool.call.arguments") == {"city": "Lisbon"}
    assert recorder.attributes("execute_tool")["gen_ai.tool.call.result"] == "It is sunny in Lisbon."


async def test_events_tell_the_messages_when_they_are_asked_for(
    recorder: Recorder, instrumentor: type[Instrumentor], forecaster: Any
) -> None:
    recorder.instrument(instrumentor(), OpenAIInstrumentor(), **{CAPTURE: "EVENT_ONLY"})
    await forecaster.run(ASK)
    assert len(recorder.logs) == 2
    assert ASK in str(recorder.logs[0].attributes)
    assert all(ASK not in span.to_json() for span in recorder.spans)
