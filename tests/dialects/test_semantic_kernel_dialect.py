# SPDX-License-Identifier: Apache-2.0
"""Semantic Kernel's contents, read from plain data of the same shape."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import semantic_kernel_contents as dialect
from spanwright.semconv.model import Generic, Message, Reasoning, Text, ToolCall, ToolResponse, Uri

KEYS = ["items", "role", "content_type", "text", "message", "value", "function", "parameters", "name", "uri"]
KINDS = ["text", "image", "function_call", "function_result", "reasoning", "annotation"]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(KINDS),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=12,
)


def item(kind: str, **held: Any) -> dict[str, Any]:
    return {"content_type": kind, **held}


def test_every_kind_of_item_has_its_part() -> None:
    items = [
        item("text", text="hi"),
        item("reasoning", text="hm"),
        item("image", uri="https://example.test/a.png"),
        item("function_call", id="1", name="way-left", arguments='{"far": true}'),
        item("function_result", id="1", result="there"),
        item("annotation", quote="hi", inner_content="left out"),
    ]
    (found,) = dialect.messages([{"role": "tool", "items": items}])
    assert found == Message(
        "tool",
        [
            Text("hi"),
            Reasoning("hm"),
            Uri("image", "https://example.test/a.png"),
            ToolCall("way-left", "1", {"far": True}),
            ToolResponse("there", "1"),
            Generic("annotation", {"content_type": "annotation", "quote": "hi"}),
        ],
    )


def test_an_answer_says_why_it_ended() -> None:
    said = {"role": "assistant", "items": [item("text", text="hi")], "finish_reason": "length"}
    assert dialect.answer({"message": said}) == [Message("assistant", [Text("hi")], None, "length")]


def test_arguments_are_those_that_the_function_has() -> None:
    metadata = {"parameters": [{"name": "city"}, {"name": "day"}]}
    assert dialect.arguments({"city": "Lisbon", "chat_history": []}, metadata) == {"city": "Lisbon"}


def test_a_result_that_is_a_message_is_its_text() -> None:
    message = {"role": "assistant", "items": [item("text", text="To the left.")]}
    assert dialect.result({"function": {}, "value": message}) == "To the left."
    assert dialect.result({"function": {}, "value": {"far": True}}) == {"far": True}


@given(ODD)
def test_odd_data_never_raises(value: Any) -> None:
    dialect.content(value, value)
    dialect.answer(value)
    dialect.result(value)
    dialect.arguments(value, value)
    dialect.name(value)
    dialect.model(value)
