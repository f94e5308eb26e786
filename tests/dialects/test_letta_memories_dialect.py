# SPDX-License-Identifier: Apache-2.0
"""Letta's memories, read from JSON alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import letta_memories as dialect

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["results", "passage", "passages", "text", "id", "score"]), inner)
    ),
)


@pytest.mark.parametrize(
    "value",
    [
        [{"id": "p", "text": "left"}],
        {"count": 1, "results": [{"id": "p", "content": "left"}]},
        [{"passage": {"id": "p", "text": "left"}}],
        {"id": "p", "label": "human", "value": "left"},
    ],
)
def test_records_of_every_kind_of_answer_are_read(value: Any) -> None:
    assert [(each.id, each.content) for each in dialect.documents(value)] == [("p", "left")]
    assert len(dialect.found(value)) == 1


def test_a_batch_is_as_many_memories_as_it_has() -> None:
    body = {"passages": [{"text": "left"}, {"text": "right"}]}
    assert dialect.number(body) == 2
    assert [each.content for each in dialect.given(body).documents or ()] == ["left", "right"]


def test_a_question_is_no_record() -> None:
    found = dialect.given({"query": "where?", "limit": 3})
    assert (found.query, found.documents) == ("where?", None)


@given(ODD, st.dictionaries(st.sampled_from(["query", "passages", "text", "value"]), ODD))
def test_odd_data_is_skipped(value: Any, body: dict[str, Any]) -> None:
    dialect.documents(value)
    dialect.identity(value)
    dialect.given(body)
    assert dialect.number(body) >= 1
