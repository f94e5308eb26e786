# SPDX-License-Identifier: Apache-2.0
"""What DSPy's language models and programs are asked and answer, read from plain data."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import dspy as dialect
from spanwright.semconv.model import Document, Message, Reasoning, Text, ToolCall, Usage

NAMES = st.sampled_from(
    ["responses", "outputs", "raw", "usage", "_store", "passages", "choices", "long_text"]
)
ODD: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | NAMES, inner),
    max_leaves=6,
)
USED = {"prompt_tokens": 5, "completion_tokens": 2}


def part(kind: str, **held: Any) -> SimpleNamespace:
    return SimpleNamespace(type=kind, **held)


def test_an_answer_in_the_librarys_own_types_is_read() -> None:
    parts = (
        part("thinking", text="Hm."),
        part("text", text="So."),
        part("tool_call", name="look", id="1", input={"at": 1}),
    )
    answer = SimpleNamespace(
        id="r1", model="m1", finish_reason="stop", message=SimpleNamespace(role="assistant", parts=parts)
    )
    record = {"responses": (answer,), "outputs": [], "usage": USED}
    found = dialect.response(record, "chat")
    assert (found.id, found.model, found.finish_reasons) == ("r1", "m1", ["stop"])
    assert found.usage == Usage(input=5, output=2)
    assert dialect.output(record, "chat") == [
        Message("assistant", [Reasoning("Hm."), Text("So."), ToolCall("look", "1", {"at": 1})], None, "stop")
    ]


def test_one_input_stands_alone_and_several_by_name() -> None:
    assert dialect.given({"question": "Why?"}) == [Message("user", [Text("Why?")])]
    assert dialect.given({"a": 1, "b": "c"}) == [Message("user", [Text('{"a":1,"b":"c"}')])]


def test_how_an_answer_came_about_is_left_out() -> None:
    told = {"_store": {"trajectory": {"thought_0": "Hm."}, "answer": "So."}}
    assert dialect.answer(told) == [Message("assistant", [Text("So.")])]


def test_passages_are_texts_or_hold_one() -> None:
    assert dialect.passages(["a", {"long_text": "b", "score": 0.5}]) == [
        Document(content="a"),
        Document(content="b", score=0.5),
    ]


@given(value=ODD)
def test_odd_data_is_read_without_an_error(value: Any) -> None:
    for kind in ("chat", "text", "responses", None):
        dialect.response(value, kind)
        dialect.output(value, kind)
    dialect.content({"messages": value}, None)
    dialect.given(value)
    dialect.answer(value)
    dialect.passages(value)
