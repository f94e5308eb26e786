# SPDX-License-Identifier: Apache-2.0
"""Reading Mem0's answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import mem0_records as wire
from spanwright.semconv.model import Document

LEFT = {"id": "m-1", "memory": "Left.", "score": 0.5, "metadata": {"room": "hall"}}


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ([LEFT], 1),
        ({"results": [LEFT, LEFT]}, 2),
        ({"results": []}, 0),
        (LEFT, 1),
        ({"status": "PENDING"}, None),
    ],
)
def test_the_records_of_an_answer_are_counted(answer: Any, number: int | None) -> None:
    assert wire.number(answer) == number


def test_records_are_read() -> None:
    assert wire.documents({"results": [LEFT, {"id": "m-2"}]}) == [
        Document(id="m-1", score=0.5, content="Left.", metadata={"room": "hall"})
    ]


def test_an_event_of_an_older_answer_has_its_text_deeper() -> None:
    assert wire.documents([{"id": "m-1", "data": {"memory": "Left."}}]) == [
        Document(id="m-1", content="Left.")
    ]


@pytest.mark.parametrize("given", ["Left.", {"role": "user", "content": "Left."}, [{"content": "Left."}, {}]])
def test_what_is_to_be_remembered_is_read(given: Any) -> None:
    assert wire.given(given) == [Document(content="Left.")]


_ODD: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=2)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["results", "memory", "data", "id", "content"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(_ODD)
def test_odd_answers_are_survived(value: Any) -> None:
    wire.number(value)
    wire.documents(value)
    wire.given(value)
