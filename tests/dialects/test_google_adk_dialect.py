# SPDX-License-Identifier: Apache-2.0
"""What ADK asks and gets, read from plain data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from spanwright.instrumentors._dialects import google_adk as dialect
from spanwright.semconv.model import (
    Message,
    Response,
    Step,
    Text,
    ToolCall,
    ToolRun,
    Usage,
    WorkflowRun,
)
from strange_answers import ANY, MANY

SAID: dict[str, Any] = {"role": "model", "parts": [{"text": "Hello"}]}
CALLED: dict[str, Any] = {
    "parts": [{"functionCall": {"name": "look", "args": {"at": 1}}, "function_call": {}}]
}
USED = {"promptTokenCount": 3, "candidatesTokenCount": 2, "thoughtsTokenCount": 1}


def read(*answers: Any, content: bool = True) -> Any:
    chunks = dialect.Chunks(content=content)
    for each in answers:
        chunks.add(each)
    return chunks.value()


@pytest.mark.parametrize(
    ("model", "operation", "provider", "told"),
    [
        ("gemini-2.5-flash", "generate_content", "gcp.gemini", "gemini-2.5-flash"),
        (
            "projects/p/locations/l/publishers/google/models/gemini-2.5-pro",
            "generate_content",
            "gcp.vertex_ai",
            "projects/p/locations/l/publishers/google/models/gemini-2.5-pro",
        ),
        ("openai/gpt-4o", "chat", "openai", "gpt-4o"),
        ("bedrock/us.amazon.nova", "chat", "aws.bedrock", "us.amazon.nova"),
        ("claude-sonnet-4", "chat", "anthropic", "claude-sonnet-4"),
        ("own", "chat", "google-adk", "own"),
        (None, "chat", "google-adk", None),
    ],
)
def test_the_model_tells_the_operation_and_the_provider(
    model: str | None, operation: str, provider: str | None, told: str | None
) -> None:
    found = dialect.inference({"model": model}, stream=False)
    assert (found.operation, found.provider, found.request.model) == (operation, provider, told)


def test_the_settings_of_a_request_are_read() -> None:
    config = {
        "temperature": 0.1,
        "max_output_tokens": 9,
        "response_mime_type": "application/json",
        "top_k": 3,
    }
    found = dialect.request({"model": "m", "config": config})
    assert (found.temperature, found.max_tokens, found.output_type, found.top_k) == (0.1, 9, "json", 3)


def test_instructions_may_be_a_text() -> None:
    found = dialect.content({"config": {"system_instruction": "Be kind."}, "contents": [SAID]})
    assert found.system == [Text("Be kind.")]
    assert found.input == [Message("assistant", [Text("Hello")])]


def test_a_whole_answer_is_read() -> None:
    value = read({"content": SAID, "finish_reason": "STOP", "usage_metadata": USED, "model_version": "m1"})
    assert dialect.response(value) == Response(
        model="m1", finish_reasons=["stop"], usage=Usage(input=3, output=3, reasoning=1)
    )
    assert dialect.output(value) == [Message("assistant", [Text("Hello")], finish_reason="stop")]


def test_pieces_are_left_out_for_the_whole() -> None:
    piece = {"content": {"parts": [{"text": "Hel"}]}, "partial": True}
    assert dialect.output(read(piece, {"content": SAID, "finish_reason": "STOP"}))[0].parts == [Text("Hello")]


def test_pieces_alone_are_joined() -> None:
    pieces = [{"content": {"parts": [{"text": each}]}, "partial": True} for each in ("Hel", "lo")]
    assert dialect.output(read(*pieces))[0].parts == [Text("Hello")]


def test_an_answer_that_calls_a_tool_ends_for_it() -> None:
    value = read({"content": CALLED, "finish_reason": "STOP"})
    assert dialect.response(value).finish_reasons == ["tool_call"]
    assert dialect.output(value)[0].parts == [ToolCall("look", None, {"at": 1})]


def test_without_content_there_is_none_and_the_same_facts() -> None:
    answer = {"content": CALLED, "finish_reason": "STOP", "usage_metadata": USED}
    facts = dialect.response(read(answer))
    value = read(answer, content=False)
    assert dialect.response(value) == facts
    assert "look" not in repr(value)


@pytest.mark.parametrize(
    ("code", "reasons", "error"),
    [("SAFETY", ["content_filter"], None), ("UNKNOWN_ERROR", None, "UNKNOWN_ERROR")],
)
def test_a_refusal_is_no_error_and_an_error_is_one(code: str, reasons: Any, error: Any) -> None:
    found = dialect.response(read({"error_code": code}))
    assert (found.finish_reasons, found.error) == (reasons, error)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("execute_tool look", ToolRun(name="look", type="function")),
        ("execute_tool load_skill weather", ToolRun(name="load_skill", type="function")),
        ("execute_tool (merged)", None),
        ("invoke_workflow flow", WorkflowRun(name="flow", conversation_id="s")),
        ("invoke_node shout", Step("invoke_node shout")),
        ("compact_events sliding", Step("compact_events")),
        ("invoke_agent one", None),
        ("call_llm", None),
        ("invocation", None),
        ("", None),
    ],
)
def test_spans_of_adks_own(name: str, subject: Any) -> None:
    assert dialect.subject(name, {"gen_ai.conversation.id": "s"}) == subject


@MANY
@given(value=ANY, config=ANY, answer=ANY)
def test_odd_data_is_read_without_an_error(value: Any, config: Any, answer: Any) -> None:
    asked = {"model": value, "config": config, "contents": value}
    dialect.inference(asked, stream=True)
    dialect.content(asked)
    found = read(answer, {"content": value, "finish_reason": answer, "usage_metadata": config})
    dialect.response(found)
    dialect.output(found)
    dialect.said(value, "user")
