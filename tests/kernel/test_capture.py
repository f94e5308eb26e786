# SPDX-License-Identifier: Apache-2.0
"""Content is captured where it was asked for, and metrics count each operation once with labels that do not grow."""

from __future__ import annotations

import json

import pytest

from harness import Recorder, recording
from kernel.fake import ANSWER, asked, inference, inside, opened, telling
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    AgentRun,
    Content,
    Message,
    Text,
    ToolRun,
)

MODES = ["NO_CONTENT", "SPAN_ONLY", "EVENT_ONLY", "SPAN_AND_EVENT"]
INPUT = [{"role": "user", "parts": [{"type": "text", "content": "a question"}]}]
OUTPUT = [
    {"role": "assistant", "parts": [{"type": "text", "content": "An answer."}], "finish_reason": "stop"}
]


@pytest.mark.parametrize("mode", MODES)
def test_content_is_where_it_was_asked_for(mode: str) -> None:
    with recording() as recorder:
        telemetry = telling(recorder, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=mode)
        opened(telemetry, content=asked).finish(ANSWER)
        attributes = recorder.attributes()
        on_span = {
            key: json.loads(attributes[key])
            for key in (n.GEN_AI_INPUT_MESSAGES, n.GEN_AI_OUTPUT_MESSAGES)
            if key in attributes
        }
        on_events = [record.attributes.get(n.GEN_AI_INPUT_MESSAGES) is not None for record in recorder.logs]
    both = {n.GEN_AI_INPUT_MESSAGES: INPUT, n.GEN_AI_OUTPUT_MESSAGES: OUTPUT}
    assert on_span == (both if mode.startswith("SPAN") else {})
    assert on_events == ([True] if mode.endswith("EVENT") or mode == "EVENT_ONLY" else [])


def test_content_is_not_even_read_when_it_is_not_asked_for(telemetry: Telemetry) -> None:
    def read() -> Content:
        raise AssertionError("content was read")

    opened(telemetry, content=read).finish(ANSWER)


def test_content_is_read_at_once_since_an_application_may_change_its_lists() -> None:
    with recording() as recorder:
        messages = [Message("user", [Text("a question")])]
        telemetry = telling(recorder, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
        operation = opened(telemetry, content=lambda: Content(input=messages))
        messages[0].parts.append(Text("added later"))
        operation.finish()
        assert json.loads(recorder.attributes()[n.GEN_AI_INPUT_MESSAGES]) == INPUT


def test_content_is_cut_to_the_budget() -> None:
    with recording() as recorder:
        telemetry = telling(
            recorder,
            OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
            SPANWRIGHT_CONTENT_LIMIT="300",
        )
        opened(telemetry, content=asked).finish({**ANSWER, "text": "long " * 1000})
        text = recorder.attributes()[n.GEN_AI_OUTPUT_MESSAGES]
        assert len(text) <= 300
        assert json.loads(text)[0]["role"] == "assistant"


@pytest.mark.parametrize("mode", MODES)
def test_the_text_of_an_error_is_content(mode: str) -> None:
    with recording() as recorder:
        telemetry = telling(recorder, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=mode)
        opened(telemetry).fail(ValueError("input 'a secret question' is too long"))
        assert ("a secret question" in recorder.everything()) == (mode != "NO_CONTENT")


def test_text_that_cannot_be_encoded_is_replaced() -> None:
    with recording() as recorder:
        telemetry = telling(recorder, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
        operation = opened(telemetry, ToolRun(name="t", content=Content(arguments="half \ud83d a pair")))
        operation.finish()
        assert recorder.attributes()[n.GEN_AI_TOOL_CALL_ARGUMENTS] == "half ? a pair"


# --- metrics


def test_a_failed_operation_is_measured_with_its_error(telemetry: Telemetry, recorder: Recorder) -> None:
    opened(telemetry).fail(ValueError("theirs"))
    (point,) = recorder.points("gen_ai.client.operation.duration")
    assert point.labels["error.type"] == "ValueError"


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("compat", {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}),
        (
            "latest",
            {
                "gen_ai.client.inference.duration",
                "gen_ai.client.inference.operation.input_tokens",
                "gen_ai.client.inference.operation.output_tokens",
                "gen_ai.client.inference.usage.input_tokens",
                "gen_ai.client.inference.usage.output_tokens",
            },
        ),
    ],
)
def test_a_profile_has_its_metrics(profile: str, expected: set[str]) -> None:
    with recording() as recorder:
        opened(telling(recorder, SPANWRIGHT_METRICS=profile)).finish(ANSWER)
        assert {point.metric for point in recorder.points()} == expected


def test_labels_do_not_grow_with_the_calls(telemetry: Telemetry, recorder: Recorder) -> None:
    for number in range(50):
        opened(telemetry, inference(conversation_id=f"c{number}")).finish({**ANSWER, "id": f"a{number}"})
    assert len(recorder.points("gen_ai.client.operation.duration")) == 1


def test_an_agent_counts_its_calls_and_its_tools(telemetry: Telemetry, recorder: Recorder) -> None:
    agent = opened(telemetry, AgentRun(name="planner"))
    for _ in range(3):
        opened(telemetry, **inside(agent)).finish(ANSWER)
    tool = opened(telemetry, ToolRun(name="search"), **inside(agent))
    opened(telemetry, **inside(tool)).finish(ANSWER)
    tool.finish()
    agent.finish()
    counts = {
        point.metric: point.sum for point in recorder.points("gen_ai.invoke_agent") if "calls" in point.metric
    }
    assert counts == {
        n.METRIC_GEN_AI_INVOKE_AGENT_INFERENCE_CALLS: 4,
        n.METRIC_GEN_AI_INVOKE_AGENT_TOOL_CALLS: 1,
    }


def test_an_agent_inside_an_agent_counts_for_itself(telemetry: Telemetry, recorder: Recorder) -> None:
    outer = opened(telemetry, AgentRun(name="outer"))
    inner = opened(telemetry, AgentRun(name="inner"), **inside(outer))
    opened(telemetry, **inside(inner)).finish(ANSWER)
    inner.finish()
    outer.finish()
    counts = {
        point.labels[n.GEN_AI_AGENT_NAME]: point.sum
        for point in recorder.points(n.METRIC_GEN_AI_INVOKE_AGENT_INFERENCE_CALLS)
    }
    assert counts == {"outer": 0, "inner": 1}


def test_a_tool_is_told_its_agent(telemetry: Telemetry, recorder: Recorder) -> None:
    agent = opened(telemetry, AgentRun(name="planner"))
    opened(telemetry, ToolRun(name="search"), **inside(agent)).finish()
    agent.finish()
    assert recorder.attributes("execute_tool")[n.GEN_AI_AGENT_NAME] == "planner"
