# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's answers, read from plain objects alone."""

from __future__ import annotations

from enum import Enum
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import litellm_chat, litellm_responses
from spanwright.semconv.model import Usage

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


class Kind(str, Enum):
    """How the library names the events of a response."""

    COMPLETED = "response.completed"


def chunk(usage: Any = None, model: str | None = None) -> Any:
    """Return a chunk as the library keeps it."""
    hidden = {} if model is None else {"provider_response_model": model}
    return SimpleNamespace(usage=usage, _hidden_params=hidden, choices=[])


def counted(*kept: Any) -> dict[str, Any]:
    """Return what a stream with these kept chunks makes up."""
    return litellm_chat.Counted(litellm_chat.Chunks(content=False), list(kept)).value()


def test_a_class_as_format_is_json() -> None:
    assert litellm_chat.request({"model": "m", "response_format": Usage}).output_type == "json"


def test_cache_counts_beside_the_totals_are_read() -> None:
    found = litellm_chat.usage(
        {
            "prompt_tokens": 100,
            "completion_tokens": 5,
            "cache_read_input_tokens": 60,
            "cache_creation_input_tokens": 30,
        }
    )
    assert found == Usage(input=100, output=5, cache_read=60, cache_write=30)


def test_cache_counts_among_the_details_are_read() -> None:
    details = {"cached_tokens": 60, "cache_creation_tokens": 30}
    found = litellm_chat.usage(
        {"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": details}
    )
    assert found == Usage(input=100, output=5, cache_read=60, cache_write=30)


def test_what_was_written_is_added_to_a_total_that_cannot_hold_it() -> None:
    found = litellm_chat.usage({"prompt_tokens": 21, "cache_creation_input_tokens": 1733})
    assert found == Usage(input=1754, cache_write=1733)


def test_no_usage_is_none() -> None:
    assert litellm_chat.usage(None) is None


def test_a_usage_told_in_pieces_is_joined() -> None:
    first = {"prompt_tokens": 10, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 4}}
    last = {"prompt_tokens": 0, "completion_tokens": 7, "completion_tokens_details": {"reasoning_tokens": 3}}
    assert counted(chunk(first), chunk(), chunk(last))["usage"] == {
        "prompt_tokens": 10,
        "completion_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }


def test_a_stream_without_usage_has_none() -> None:
    assert counted(chunk())["usage"] is None


def test_the_model_of_a_stream_is_the_providers() -> None:
    assert counted(chunk(), chunk(model="gpt-4o-2024"))["model"] == "gpt-4o-2024"


def test_a_stream_whose_provider_named_no_model_has_none() -> None:
    assert counted(chunk())["model"] is None


def test_the_kind_of_an_event_may_be_a_member_of_an_enumeration() -> None:
    chunks = litellm_responses.Chunks(content=False)
    chunks.add(SimpleNamespace(type=Kind.COMPLETED, response={"id": "r", "status": "completed"}))
    assert litellm_responses.response(chunks.value()).id == "r"


@given(JSON)
def test_odd_usage_is_skipped(value: Any) -> None:
    litellm_chat.usage(value)
    litellm_chat.joined([value, {"usage": value}, chunk(value)])


@given(JSON)
def test_odd_answers_are_read(value: Any) -> None:
    litellm_chat.response(value)
    counted(value, SimpleNamespace(_hidden_params=value))
    chunks = litellm_responses.Chunks(content=True)
    chunks.add(value)
    litellm_responses.response(chunks.value())
