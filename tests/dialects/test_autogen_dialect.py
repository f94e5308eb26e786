# SPDX-License-Identifier: Apache-2.0
"""AutoGen's messages, read from plain data of the same shape."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import autogen_messages as dialect
from spanwright.semconv.model import Generic, Message, Text

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["messages", "content", "source", "type", "_model_client", "_create_args"]), inner
        )
    ),
    max_leaves=12,
)


def test_a_task_is_a_text_a_message_or_several() -> None:
    said = {"type": "TextMessage", "content": "Look", "source": "boss"}
    assert dialect.messages("hi") == [Message("user", [Text("hi")])]
    assert dialect.messages(said) == [Message("user", [Text("Look")], "boss")]
    assert dialect.messages(["hi", said]) == [
        Message("user", [Text("hi")]),
        Message("user", [Text("Look")], "boss"),
    ]
    assert dialect.messages(None) == []


def test_a_result_answers_with_its_last_message_that_is_no_event() -> None:
    result = {
        "messages": [
            {"type": "TextMessage", "content": "To the left.", "source": "guide"},
            {"type": "ThoughtEvent", "content": "Done?", "source": "guide"},
        ]
    }
    assert dialect.output(result) == [Message("assistant", [Text("To the left.")], "guide", "stop")]
    assert dialect.result(result) == "To the left."


def test_an_object_of_the_applications_own_is_kept() -> None:
    assert dialect.parts({"city": "Lisbon"}) == [Generic("structured", {"city": "Lisbon"})]


def test_a_model_is_that_of_the_client() -> None:
    assert dialect.model({"_model_client": {"_create_args": {"model": "gpt-4o-mini"}}}) == "gpt-4o-mini"
    assert dialect.model({"_model_client": {"_raw_config": {"model": "claude"}}}) == "claude"
    assert dialect.model({}) is None


@given(ODD)
def test_odd_data_never_raises(value: Any) -> None:
    dialect.content(value, value)
    dialect.output(value)
    dialect.result(value)
    dialect.model(value)
