# SPDX-License-Identifier: Apache-2.0
"""Prompts, answers, arguments and results are told where they are asked for, and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from google.genai import types
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libraries.google_adk.conftest import QUESTION, agent
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.google_adk import GoogleAdkInstrumentor

if TYPE_CHECKING:
    from google.adk.agents import LlmAgent

    from harness import Recorder
    from libraries.google_adk.conftest import Ask
    from spanwright.console.provider import Provider

PRIVATE = ("Lisbon", "sunny", "You are an agent")
CALLED = {"type": "tool_call", "name": "get_weather", "arguments": {"city": "Lisbon"}}


def told(recorder: Recorder, prefix: str) -> dict[str, Any]:
    """Return the content of the first span with this name."""
    span = next(each for each in recorder.spans if each.name.startswith(prefix))
    names = ("messages", "instructions", "definitions", "arguments", "result")
    return {
        name: json.loads(str(value))
        for name, value in (span.attributes or {}).items()
        if name.endswith(names)
    }


@pytest.mark.parametrize("stream", [False, True])
async def test_nothing_is_told_unless_it_is_asked_for(
    traced: Recorder, forecaster: LlmAgent, ask: Ask, stream: bool
) -> None:
    await ask(forecaster, stream=stream)
    everything = traced.everything()
    assert [each for each in PRIVATE if each in everything] == []
    assert "gcp.vertex.agent" not in everything


@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_call_tells_what_was_asked_and_answered(
    shown: Recorder, forecaster: LlmAgent, ask: Ask, stream: bool
) -> None:
    await ask(forecaster, stream=stream)
    found = told(shown, "generate_content")
    # Since 1.2x the model's call has an id of ADK's own by then.
    found["gen_ai.output.messages"][0]["parts"][0].pop("id", None)
    definitions, instructions = found.pop("gen_ai.tool.definitions"), found.pop("gen_ai.system_instructions")
    assert found == {
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": QUESTION}]}],
        "gen_ai.output.messages": [{"role": "assistant", "parts": [CALLED], "finish_reason": "tool_call"}],
    }
    assert definitions[0]["name"] == "get_weather"
    assert instructions[0]["content"].startswith("You are an agent")


async def test_a_model_call_tells_it_without_the_clients_help(
    alone: Recorder, forecaster: LlmAgent, ask: Ask
) -> None:
    await ask(forecaster)
    last = [span for span in alone.spans if span.name.startswith("generate_content")][-1]
    asked = json.loads(str((last.attributes or {})["gen_ai.input.messages"]))
    assert [each["role"] for each in asked] == ["user", "assistant", "tool"]
    assert asked[1]["parts"][0]["arguments"] == {"city": "Lisbon"}
    assert asked[2]["parts"][0]["response"] == {"result": "It is sunny in Lisbon."}


async def test_a_tool_tells_its_arguments_and_its_result(
    shown: Recorder, forecaster: LlmAgent, ask: Ask
) -> None:
    await ask(forecaster)
    assert told(shown, "execute_tool") == {
        "gen_ai.tool.call.arguments": {"city": "Lisbon"},
        "gen_ai.tool.call.result": {"result": "It is sunny in Lisbon."},
    }


async def test_an_agent_tells_what_it_was_asked_and_what_it_said(
    shown: Recorder, forecaster: LlmAgent, ask: Ask
) -> None:
    await ask(forecaster, stream=True)
    found = shown.attributes("invoke_agent")
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": QUESTION}]}
    ]
    assert json.loads(found["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "It is sunny in Lisbon."}]}
    ]


async def test_a_picture_is_told_as_one(alone: Recorder, ask: Ask) -> None:
    picture = types.Part(inline_data=types.Blob(mime_type="image/png", data=b"pixels"))
    root = agent(
        before_model_callback=lambda callback_context, llm_request: llm_request.contents.append(
            types.Content(role="user", parts=[picture])
        ),
    )
    await ask(root, "hi")
    asked = json.loads(alone.attributes("generate_content")["gen_ai.input.messages"])
    (part,) = asked[-1]["parts"]
    assert (part["modality"], part["mime_type"], part["bytes"]) == ("image", "image/png", len(b"pixels"))


async def test_an_error_of_a_tool_keeps_its_words(traced: Recorder, provider: Provider, ask: Ask) -> None:
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        raise LookupError(f"no weather in {city}")

    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})]))
    with pytest.raises(LookupError):
        await ask(agent(tools=[get_weather]))
    assert traced.attributes("execute_tool")["error.type"] == "LookupError"
    assert "Lisbon" not in traced.everything()


async def test_nothing_reaches_anybody_elses_exporter(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, forecaster: LlmAgent, ask: Ask
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    recorder.instrument(GoogleAdkInstrumentor())
    await ask(forecaster)
    assert exporter.get_finished_spans() == ()
    assert recorder.tree()[0] == "invoke_agent forecaster"
