# SPDX-License-Identifier: Apache-2.0
"""Pydantic AI's own spans, of its first format and of later ones, read without the library."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import pydantic_ai_spans as dialect
from spanwright.semconv.model import (
    AgentRun,
    Embeddings,
    Generic,
    Inference,
    Message,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    ToolRun,
    Usage,
)
from strange_answers import ANY

ASKED = {"role": "user", "parts": [{"type": "text", "content": "How warm?"}]}
CALLED = {
    "role": "assistant",
    "parts": [{"type": "tool_call", "id": "c1", "name": "look", "arguments": {"at": 1}}],
}
RETURNED = {
    "role": "user",
    "parts": [{"type": "tool_call_response", "id": "c1", "name": "look", "result": "21"}],
}
ANSWERED = {"role": "assistant", "parts": [{"type": "text", "content": "Warm."}], "finish_reason": "stop"}


@pytest.mark.parametrize(
    ("name", "told", "subject"),
    [
        (
            "agent run",
            {"agent_name": "host", "model_name": "gpt-4o"},
            AgentRun(name="host", request=Request("gpt-4o")),
        ),
        (
            "invoke_agent host",
            {
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": "host",
                "gen_ai.agent.description": "Hosts.",
                "gen_ai.conversation.id": "t1",
                "gen_ai.aggregated_usage.input_tokens": 9,
                "model_name": "no-model",
            },
            AgentRun(name="host", description="Hosts.", conversation_id="t1"),
        ),
        (
            "running tool",
            {"gen_ai.tool.name": "look", "gen_ai.tool.call.id": "c1"},
            ToolRun(name="look", type="function", call_id="c1"),
        ),
        (
            "running output function",
            {"gen_ai.tool.name": "final_result"},
            ToolRun(name="final_result", type="function"),
        ),
        ("running tools", {"tools": ["look", "hear"]}, None),
        ("waiting for host concurrency", {"source": "host"}, None),
        ("image_generation gpt-image-1", {"gen_ai.operation.name": "image_generation"}, None),
        (
            "embeddings text-embedding-3-small",
            {
                "gen_ai.operation.name": "embeddings",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "text-embedding-3-small",
                "gen_ai.usage.input_tokens": 3,
                "gen_ai.embeddings.dimension.count": 5,
            },
            Embeddings(
                provider="openai",
                request=Request("text-embedding-3-small"),
                response=Response(usage=Usage(3), dimensions=5),
            ),
        ),
    ],
)
def test_each_span_is_read(name: str, told: dict[str, Any], subject: Any) -> None:
    assert dialect.subject(name, told) == subject


def test_a_model_call_is_read_with_its_details() -> None:
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "google-gla",
        "gen_ai.request.model": "gemini-2.5-pro",
        "server.address": "example.com",
        "gen_ai.usage.input_tokens": 50,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.details.cache_read_tokens": 40,
        "gen_ai.usage.details.thoughts_tokens": 15,
        "gen_ai.client.operation.time_to_first_chunk": 0.25,
    }
    assert dialect.subject("chat gemini-2.5-pro", told) == Inference(
        provider="gcp.gemini",
        request=Request("gemini-2.5-pro", stream=True),
        response=Response(usage=Usage(50, 20, cache_read=40, reasoning=15)),
        address="example.com",
        port=443,
        time_to_first_chunk=0.25,
    )


def test_several_models_under_one_name_are_no_model() -> None:
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "fallback:openai,anthropic",
        "gen_ai.request.model": "fallback:gpt-4o,claude",
    }
    assert dialect.subject("chat", told) == Inference()


def test_a_run_is_split_into_what_was_asked_and_answered() -> None:
    told = {"pydantic_ai.all_messages": json.dumps([ASKED, CALLED, RETURNED, ANSWERED])}
    found = dialect.content(told)
    assert found.input == [Message("user", [Text("How warm?")])]
    assert found.output == [Message("assistant", [Text("Warm.")], finish_reason="stop")]


def test_a_run_that_ends_with_an_output_tool_answers_its_result() -> None:
    told = {
        "pydantic_ai.all_messages": json.dumps([ASKED, CALLED, RETURNED]),
        "final_result": '{"warm": true}',
    }
    assert dialect.content(told).output == [Message("assistant", [Text('{"warm": true}')])]


def test_a_run_that_failed_has_no_answer() -> None:
    told = {"pydantic_ai.all_messages": json.dumps([ASKED])}
    assert list(dialect.content(told).output) == []


def test_the_messages_of_a_call_are_read() -> None:
    told = {
        "gen_ai.input.messages": json.dumps([ASKED, CALLED, RETURNED]),
        "gen_ai.output.messages": json.dumps([ANSWERED]),
    }
    found = dialect.content(told)
    assert found.input[1:] == [
        Message("assistant", [ToolCall("look", "c1", {"at": 1})]),
        Message("user", [ToolResponse("21", "c1")]),
    ]
    assert found.output == [Message("assistant", [Text("Warm.")], finish_reason="stop")]


def test_messages_without_content_are_none() -> None:
    told = {"gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text"}]}])}
    assert list(dialect.content(told).input) == []


def test_media_keep_their_words() -> None:
    part = {"type": "uri", "uri": "https://example.com/a.png", "modality": "image"}
    told = {"gen_ai.input.messages": json.dumps([{"role": "user", "parts": [part]}])}
    assert dialect.content(told).input == [Message("user", [Generic("uri", part)])]


def test_tools_are_found_in_the_parameters_of_older_versions() -> None:
    schema = {"type": "object"}
    parameters = {
        "function_tools": [{"name": "look", "description": "Look.", "parameters_json_schema": schema}],
        "output_tools": [{"name": "final_result", "description": None, "parameters_json_schema": schema}],
    }
    assert dialect.content({"model_request_parameters": json.dumps(parameters)}).tools == [
        Tool("look", "function", "Look.", schema),
        Tool("final_result", "function", None, schema),
    ]


def test_a_tools_words_of_the_first_format_are_read() -> None:
    found = dialect.content({"tool_arguments": '{"at": 1}', "tool_response": "seen"})
    assert (found.arguments, found.result) == ({"at": 1}, "seen")


_KEYS = st.sampled_from(
    [
        "gen_ai.operation.name",
        "gen_ai.request.model",
        "gen_ai.system",
        "pydantic_ai.all_messages",
        "final_result",
        "model_request_parameters",
        "tool_arguments",
        "gen_ai.usage.details.reasoning_tokens",
        "gen_ai.usage.input_tokens",
        "gen_ai.client.operation.time_to_first_chunk",
        "model_name",
    ]
)
_OPERATIONS = st.sampled_from(["chat", "invoke_agent", "execute_tool", "embeddings"])


@given(st.dictionaries(_KEYS, ANY | _OPERATIONS | ANY.map(json.dumps), max_size=6))
def test_odd_values_are_no_error(told: dict[str, Any]) -> None:
    dialect.subject("chat", told)
    dialect.content(told)
