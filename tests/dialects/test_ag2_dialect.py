# SPDX-License-Identifier: Apache-2.0
"""What AG2's agents ask and answer, read from plain data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import ag2_chats as chats
from spanwright.instrumentors._dialects import ag2_events as dialect
from spanwright.semconv.model import Message, Text, ToolCall, ToolResponse, Usage

NAMES = st.sampled_from(
    ["content", "parts", "results", "result", "parent_id", "tool_calls", "calls", "message", "usage", "role"]
)
ODD: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | NAMES, inner),
    max_leaves=6,
)
CALL = {"id": "call_1", "name": "look", "arguments": '{"at": 1}'}


def test_a_result_that_stands_alone_and_in_its_round_is_told_once() -> None:
    result = {"parent_id": "call_1", "result": {"parts": [{"content": "seen"}]}}
    history = [{"parts": [{"content": "Look"}]}, result, {"results": [result]}]
    assert dialect.messages(history) == [
        Message("user", [Text("Look")]),
        Message("tool", [ToolResponse("seen", "call_1")]),
    ]


def test_an_answer_has_its_text_and_its_calls() -> None:
    answer = {"message": {"content": "Look:"}, "tool_calls": {"calls": [CALL]}, "finish_reason": "tool_calls"}
    assert dialect.output(answer) == [
        Message("assistant", [Text("Look:"), ToolCall("look", "call_1", {"at": 1})], None, "tool_call")
    ]


@pytest.mark.parametrize(("beside", "counted"), [(False, 5), (True, 8)])
def test_counts_that_leave_out_the_cache_are_made_whole(beside: bool, counted: int) -> None:
    told = {"prompt_tokens": 5.0, "completion_tokens": 2.0, "cache_read_input_tokens": 3.0}
    assert dialect.usage(told, beside=beside) == Usage(input=counted, output=2, cache_read=3)


def test_what_tools_returned_together_is_told_one_by_one() -> None:
    told = {"role": "tool", "tool_responses": [{"role": "tool", "tool_call_id": "call_1", "content": "seen"}]}
    assert chats.messages(["Look", told]) == [
        Message("user", [Text("Look")]),
        Message("tool", [ToolResponse("seen", "call_1")]),
    ]


@given(value=ODD)
def test_odd_data_is_read_without_an_error(value: Any) -> None:
    dialect.content(value, value, value)
    dialect.response(value, "anthropic")
    dialect.output(value)
    dialect.result(value)
    dialect.arguments(value)
    dialect.described(value)
    dialect.request(value, value, value)
    chats.messages(value)
    chats.reply(value)
    chats.outcome(value)
    chats.model(value)
    chats.described(value, "look")
