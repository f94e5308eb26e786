# SPDX-License-Identifier: Apache-2.0
"""What Letta's server answers, read from plain data: whole, in pieces, failed, and whatever else may come."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import letta_messages as dialect
from spanwright.semconv.model import (
    Message,
    Reasoning,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
CALL = {"name": "look", "arguments": '{"at": "sky"}', "tool_call_id": "1"}


def test_what_is_asked_comes_as_a_text_or_as_messages() -> None:
    assert dialect.content({"input": "hi"}).input == [Message("user", [Text("hi")])]
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    returned = {"type": "tool_return", "tool_returns": [{"tool_return": "[1]", "tool_call_id": "1"}]}
    told = dialect.content(
        {
            "messages": [{"role": "user", "content": [{"type": "text", "text": "look"}, image]}, returned],
            "override_system": "Be kind.",
            "client_tools": [{"name": "look", "description": "Look."}],
        }
    )
    assert told.input == [
        Message("user", [Text("look"), Uri("image", "https://example.com/a.png")]),
        Message("tool", [ToolResponse([1], "1")]),
    ]
    assert (told.system, told.tools) == ([Text("Be kind.")], [Tool("look", description="Look.")])


def test_an_answer_has_what_the_agent_thought_did_and_said() -> None:
    messages = [
        {"message_type": "reasoning_message", "reasoning": "Where?"},
        {"message_type": "tool_call_message", "tool_call": CALL},
        {"message_type": "tool_return_message", "tool_return": "[1]", "tool_call_id": "1"},
        {"message_type": "assistant_message", "content": "Up."},
    ]
    assert dialect.output({"messages": messages}) == [
        Message(
            "assistant",
            [
                Reasoning("Where?"),
                ServerToolCall("look", {"type": "function", "arguments": {"at": "sky"}}, "1"),
                ServerToolResponse({"type": "function", "result": [1]}, "1"),
                Text("Up."),
            ],
            None,
            "stop",
        )
    ]


def test_a_call_that_waits_for_the_caller_is_the_callers() -> None:
    value = {
        "messages": [{"message_type": "approval_request_message", "tool_call": CALL}],
        "stop_reason": {"stop_reason": "requires_approval"},
    }
    assert dialect.output(value) == [
        Message("assistant", [ToolCall("look", "1", {"at": "sky"})], None, "tool_call")
    ]


@pytest.mark.parametrize(
    ("said", "reason", "error"),
    [
        ("end_turn", "stop", None),
        ("max_tokens_exceeded", "length", None),
        ("max_steps", "max_steps", None),
        ("llm_api_error", "llm_api_error", "llm_api_error"),
    ],
)
def test_reasons_are_told_in_the_words_of_the_conventions(said: str, reason: str, error: str | None) -> None:
    found = dialect.response({"stop_reason": {"stop_reason": said}})
    assert (found.finish_reasons, found.error) == ([reason], error)


def test_pieces_that_have_one_id_are_one_message() -> None:
    chunks = dialect.Chunks(content=True)
    for text in ("To ", "the left."):
        chunks.add({"id": "1", "message_type": "assistant_message", "content": text})
    for piece in ('{"at": ', '"sky"}'):
        call = {"name": "look" if piece[0] == "{" else None, "arguments": piece, "tool_call_id": "1"}
        chunks.add({"id": "2", "message_type": "tool_call_message", "tool_call": call})
    chunks.add({"message_type": "ping", "id": "3"})
    chunks.add({"message_type": "usage_statistics", "prompt_tokens": 9, "completion_tokens": 2})
    value = chunks.value()
    (said,) = dialect.output(value)
    assert said.parts == [
        Text("To the left."),
        ServerToolCall("look", {"type": "function", "arguments": {"at": "sky"}}, "1"),
    ]
    assert dialect.response(value).usage == Usage(9, 2)


def test_without_content_a_stream_keeps_none() -> None:
    chunks = dialect.Chunks(content=False)
    chunks.add({"id": "1", "message_type": "assistant_message", "content": "hi"})
    assert chunks.value() == {"messages": []}


@given(value=ODD)
def test_odd_data_is_skipped(value: Any) -> None:
    kinds = ("assistant_message", "tool_call_message", "reasoning_message", "tool_return_message", value)
    told = {name: value for name in ("id", "content", "reasoning", "tool_call", "tool_calls", "tool_return")}
    messages = [{"message_type": kind, **told} for kind in kinds]
    for each in (value, {"messages": value}, {"messages": messages, "usage": value, "stop_reason": value}):
        dialect.response(each)
        dialect.output(each)
    for name in ("input", "messages", "client_tools", "override_system"):
        dialect.content({name: value})
        dialect.content({name: [value, told]})
    dialect.request({"override_model": value})
    chunks = dialect.Chunks(content=True)
    for each in (value, *messages, *messages):
        chunks.add(each)
    dialect.output(chunks.value())
