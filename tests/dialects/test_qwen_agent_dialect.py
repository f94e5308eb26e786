# SPDX-License-Identifier: Apache-2.0
"""What Qwen-Agent passes on, read from plain data: messages, streams, tools, searches, and whatever else may come."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import qwen_agent as dialect
from spanwright.semconv.model import (
    Blob,
    Document,
    Generic,
    Message,
    Reasoning,
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


def call(name: str, number: str, arguments: str = "{}") -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": "",
        "function_call": {"name": name, "arguments": arguments},
        "extra": {"function_id": number},
    }


def answered(number: str) -> dict[str, Any]:
    return {"role": "function", "content": "[1]", "extra": {"function_id": number}}


def test_what_a_model_says_in_several_messages_is_one_turn() -> None:
    said = [
        {"role": "user", "content": "look"},
        {"role": "assistant", "content": "", "reasoning_content": "where?"},
        {"role": "assistant", "content": "I look."},
        call("look", "7", '{"at": "sky"}'),
        answered("7"),
    ]
    assert dialect.conversation(said) == [
        Message("user", [Text("look")]),
        Message("assistant", [Reasoning("where?"), Text("I look."), ToolCall("look", "7", {"at": "sky"})]),
        Message("tool", [ToolResponse([1], "7")]),
    ]


def test_items_are_texts_and_media() -> None:
    held = [
        {"text": "look"},
        {"image": "https://example.com/a.png"},
        {"audio": "data:audio/wav;base64,AAAA"},
        {"file": "notes.pdf"},
        {"video": ["a", "b"]},
    ]
    (found,) = dialect.conversation([{"role": "user", "content": held}])
    assert found.parts == [
        Text("look"),
        Uri("image", "https://example.com/a.png"),
        Blob("audio", "AAAA", "audio/wav"),
        Uri("document", "notes.pdf"),
        Generic("video", {}),
    ]


def test_an_answer_is_what_came_after_the_last_tool() -> None:
    said = [call("look", "1"), answered("1"), {"role": "assistant", "content": "Blue."}]
    assert dialect.output(said) == [Message("assistant", [Text("Blue.")], None, "stop")]


def test_what_the_service_said_is_read_from_the_last_message_that_holds_it() -> None:
    info = {
        "request_id": "r-1",
        "output": {"choices": [{"finish_reason": "stop"}]},
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }
    found = dialect.response([{"role": "assistant", "extra": {"model_service_info": info}}])
    assert found is not None
    assert (found.id, found.finish_reasons, found.usage) == ("r-1", ["stop"], Usage(3, 2))


def test_a_call_that_is_not_answered_yet_is_found_though_ids_come_again() -> None:
    said = [call("look", "1"), answered("1"), call("look", "1"), call("look", "2")]
    assert dialect.call_id(said, "look", "{}") == "1"
    assert dialect.call_id([*said, answered("1")], "look", "{}") == "2"
    assert dialect.call_id([*said, answered("1"), answered("2")], "look", "{}") is None


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ("An error occurred when calling tool `look`:\nKeyError: 'sky'\nTraceback:\n", "KeyError"),
        ("Tool look does not exists.", "tool_error"),
        ("An error occurred in the sky", None),
        ([{"text": "blue"}], None),
    ],
)
def test_a_failure_of_a_tool_is_found_in_its_answer(result: Any, kind: str | None) -> None:
    assert dialect.failure(result) == kind


def test_tools_have_a_schema_where_theirs_is_one() -> None:
    schema = {"type": "object", "properties": {}}
    told = [
        {"name": "look", "description": "Look.", "parameters": [{"name": "at"}]},
        {"type": "function", "function": {"name": "go", "parameters": schema}},
        {"name": None},
    ]
    assert dialect.content([], told).tools == [
        Tool("look", description="Look."),
        Tool("go", parameters=schema),
    ]


def test_the_pieces_of_a_delta_stream_are_put_together() -> None:
    chunks = dialect.Deltas(content=True)
    for text in ("To ", "the left."):
        chunks.add([{"role": "assistant", "content": text}])
    assert dialect.output(chunks.value()) == [Message("assistant", [Text("To the left.")], None, "stop")]


def test_a_search_is_for_a_text_and_finds_texts() -> None:
    assert dialect.query('{"query": "{\\"text\\": \\"hall\\"}", "files": []}') == "hall"
    assert dialect.query({"query": "hall"}) == "hall"
    assert dialect.documents([{"url": "a.txt", "text": ["one", "two"]}]) == [
        Document("a.txt", None, "one\ntwo")
    ]


@given(value=ODD)
def test_odd_data_is_skipped(value: Any) -> None:
    for read in (dialect.conversation, dialect.response, dialect.output, dialect.failure, dialect.result):
        read(value)
        read([value, {"role": value, "content": value, "function_call": value, "extra": value}])
    dialect.content(value, [value])
    dialect.call_id([value], value, value)
    dialect.query(value)
    dialect.documents([value, {"url": value, "text": value}])
    for chunks in (dialect.chunks(content=True), dialect.Deltas(content=True)):
        chunks.add(value)
        dialect.output(chunks.value())
