# SPDX-License-Identifier: Apache-2.0
"""What the BeeAI framework passes on, read from plain data: messages, outputs, tools, and whatever else may come."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import beeai as dialect
from spanwright.semconv.model import (
    File,
    Generic,
    Message,
    Reasoning,
    Text,
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
CALL = {"type": "tool-call", "id": "1", "tool_name": "look", "args": '{"at": "sky"}'}


@pytest.mark.parametrize(
    ("name", "provider"),
    [("openai", "openai"), ("watsonx", "ibm.watsonx.ai"), ("qwen", "dashscope"), (None, None)],
)
def test_providers_have_the_names_of_the_conventions(name: str | None, provider: str | None) -> None:
    assert dialect.provider(name) == provider


def test_contents_are_parts() -> None:
    held = [
        {"type": "reasoning", "text": "where?"},
        {"type": "text", "text": "I look."},
        CALL,
        {"type": "tool-result", "result": "[1]", "tool_name": "look", "tool_call_id": "1"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "file", "file_id": "f-1", "format": "application/pdf"},
        {"type": "dance"},
    ]
    assert dialect.conversation([{"role": "assistant", "content": held}]) == [
        Message(
            "assistant",
            [
                Reasoning("where?"),
                Text("I look."),
                ToolCall("look", "1", {"at": "sky"}),
                ToolResponse([1], "1"),
                Uri("image", "https://example.com/a.png"),
                File("document", "f-1", "application/pdf"),
                Generic("dance", {}),
            ],
        )
    ]


def test_a_text_is_what_a_person_says() -> None:
    assert dialect.conversation("hi") == [Message("user", [Text("hi")])]


def test_what_a_call_leaves_open_the_model_was_made_with() -> None:
    found = dialect.request("gpt", {"max_tokens": 3, "stream": None}, {"temperature": 0.5, "stream": True})
    assert (found.model, found.max_tokens, found.temperature, found.stream) == ("gpt", 3, 0.5, True)


def test_an_answer_is_what_the_assistant_says_last() -> None:
    said = [
        {"role": "tool", "content": []},
        {"role": "assistant", "content": [{"type": "text", "text": "I look."}]},
        {"role": "assistant", "content": [CALL]},
    ]
    assert dialect.output({"output": said, "finish_reason": "stop"}) == [
        Message("assistant", [Text("I look."), ToolCall("look", "1", {"at": "sky"})], None, "tool_call")
    ]


def test_counts_that_are_all_nought_were_not_counted() -> None:
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "cached_prompt_tokens": 0}
    assert dialect.response({"usage": nothing}).usage is None
    used = {"prompt_tokens": 9, "completion_tokens": 2, "cached_prompt_tokens": 4}
    assert dialect.response({"usage": used}).usage == Usage(9, 2, cache_read=4)


def test_the_id_of_a_call_is_that_of_this_tool_and_of_no_other_around_it() -> None:
    context = {"tool_call_msg": CALL}
    assert dialect.call_id(context, "look") == "1"
    assert dialect.call_id(context, "go") is None


@given(value=ODD)
def test_odd_data_is_skipped(value: Any) -> None:
    message = {
        "role": value,
        "content": [
            {"type": kind, "text": value, "args": value, "image_url": value}
            for kind in ("text", "tool-call", "tool-result", "image_url", value)
        ],
    }
    for each in (value, [value], [message], {"output": [message], "usage": value, "finish_reason": value}):
        dialect.conversation(each)
        dialect.output(each)
        dialect.response(each)
        dialect.embedded(each)
        dialect.result(each)
        dialect.arguments(each)
    dialect.request(value, {"temperature": value}, value)
    dialect.content([message], [value])
    dialect.call_id(value, value)
    dialect.provider(value)
