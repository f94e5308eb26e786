# SPDX-License-Identifier: Apache-2.0
"""What Agno hands to its models and gets from runs, read from plain data."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import agno as dialect
from spanwright.semconv.model import Message, Text, ToolCall, Uri, Usage

NAMES = st.sampled_from(["content", "role", "tool_calls", "images", "metrics", "status", "event", "url"])
ODD: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | NAMES, inner),
    max_leaves=6,
)
CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}


def test_a_message_has_its_calls_and_its_pictures() -> None:
    told = {
        "role": "assistant",
        "content": "Look:",
        "tool_calls": [CALL],
        "images": [{"url": "https://a.test/b"}],
    }
    assert dialect.message(told) == Message(
        "assistant", [Text("Look:"), ToolCall("look", "call_1", {"at": 1}), Uri("image", "https://a.test/b")]
    )


@pytest.mark.parametrize(("beside", "counted"), [(False, 5), (True, 8)])
def test_counts_that_leave_out_the_cache_are_made_whole(beside: bool, counted: int) -> None:
    told = {"input_tokens": 5, "output_tokens": 2, "cache_read_tokens": 3, "cache_write_tokens": 0}
    assert dialect.usage(told, beside=beside) == Usage(input=counted, output=2, cache_read=3)


def test_zeros_are_no_counts() -> None:
    assert dialect.usage({"input_tokens": 0, "output_tokens": 0}) is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"status": "COMPLETED"}, None),
        ({"status": "ERROR"}, "_OTHER"),
        ({"status": SimpleNamespace(value="CANCELLED")}, "cancelled"),
        ({"event": "RunError"}, "_OTHER"),
        ({"event": "TeamRunCancelled"}, "cancelled"),
        ({"event": "RunContent"}, None),
    ],
)
def test_a_run_tells_how_it_ended(value: Any, kind: str | None) -> None:
    assert dialect.failure(value) == kind


@given(value=ODD)
def test_odd_data_is_read_without_an_error(value: Any) -> None:
    dialect.content(value, value)
    dialect.response(value, "anthropic")
    dialect.finish_reasons(value)
    dialect.output(value, value)
    dialect.given(value)
    dialect.answer(value)
    dialect.failure(value)
    dialect.document(value)
    dialect.piece(value)
