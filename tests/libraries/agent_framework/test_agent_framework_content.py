# SPDX-License-Identifier: Apache-2.0
"""Content is told when it is asked for, and not otherwise, whatever the framework's own switch says."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from agent_framework import observability

from alike.weather import ASK
from libraries.agent_framework.conftest import CAPTURE
from spanwright.instrumentors.agent_framework import AgentFrameworkInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from agent_framework import Agent

    from harness import Recorder

ANSWER = "Here is what I found: It is sunny in Lisbon."


def read(recorder: Recorder, prefix: str, name: str) -> Any:
    """Return an attribute of the first span of that name, parsed."""
    span = next(span for span in recorder.spans if span.name.startswith(prefix))
    return json.loads(str((span.attributes or {})[name]))


def parts(messages: Any) -> list[Any]:
    return [part for message in messages for part in message["parts"]]


@pytest.mark.parametrize("sensitive", [False, True])
async def test_content_is_off_by_default(
    traced: Recorder, forecaster: Agent, monkeypatch: pytest.MonkeyPatch, sensitive: bool
) -> None:
    monkeypatch.setattr(observability.OBSERVABILITY_SETTINGS, "enable_sensitive_data", sensitive)
    await forecaster.run(ASK)
    assert "Lisbon" not in traced.everything()
    assert "You tell the weather" not in traced.everything()


@pytest.mark.parametrize("fixture", ["shown", "alone"])
async def test_an_agent_says_what_it_was_asked_and_answered(
    request: pytest.FixtureRequest, forecaster: Agent, fixture: str
) -> None:
    recorder = request.getfixturevalue(fixture)
    await forecaster.run(ASK)
    asked = parts(read(recorder, "invoke_agent", "gen_ai.input.messages"))
    assert {"type": "text", "content": ASK} in asked
    answered = parts(read(recorder, "invoke_agent", "gen_ai.output.messages"))
    assert answered[-1] == {"type": "text", "content": ANSWER}
    instructions = read(recorder, "invoke_agent", "gen_ai.system_instructions")
    assert instructions == [{"type": "text", "content": "You tell the weather."}]


@pytest.mark.parametrize("fixture", ["shown", "alone"])
async def test_a_tool_says_its_arguments_and_its_result(
    request: pytest.FixtureRequest, forecaster: Agent, fixture: str
) -> None:
    recorder = request.getfixturevalue(fixture)
    await forecaster.run(ASK)
    assert read(recorder, "execute_tool", "gen_ai.tool.call.arguments") == {"city": "Lisbon"}
    assert recorder.attributes("execute_tool")["gen_ai.tool.call.result"] == "It is sunny in Lisbon."


@pytest.mark.parametrize("fixture", ["shown", "alone"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_call_says_its_messages(
    request: pytest.FixtureRequest, forecaster: Agent, fixture: str, stream: bool
) -> None:
    recorder = request.getfixturevalue(fixture)
    if stream:
        async for _ in forecaster.run(ASK, stream=True):
            pass
    else:
        await forecaster.run(ASK)
    last: Any = [span for span in recorder.spans if span.name.startswith("chat")][-1].attributes
    kinds = [part["type"] for part in parts(json.loads(last["gen_ai.input.messages"]))]
    assert kinds[-3:] == ["text", "tool_call", "tool_call_response"]
    (answered,) = json.loads(last["gen_ai.output.messages"])
    assert answered["parts"] == [{"type": "text", "content": ANSWER}]


async def test_messages_are_written_to_no_log(
    shown: Recorder, forecaster: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await forecaster.run(ASK)
    assert ASK not in caplog.text
    assert shown.logs == []


async def test_events_tell_the_messages_when_they_are_asked_for(
    recorder: Recorder, forecaster: Agent
) -> None:
    recorder.instrument(AgentFrameworkInstrumentor(), OpenAIInstrumentor(), **{CAPTURE: "EVENT_ONLY"})
    await forecaster.run(ASK)
    assert len(recorder.logs) == 2
    assert all(ASK not in span.to_json() for span in recorder.spans)
