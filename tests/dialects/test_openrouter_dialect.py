# SPDX-License-Identifier: Apache-2.0
"""What OpenRouter adds to OpenAI's wire, read from JSON alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import openrouter_chat
from spanwright.semconv.model import Usage

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ODD = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("error", "usage", "cost", "choices", "metadata", "delta", "code")), inner
        )
    ),
    max_leaves=10,
)


def streamed(*chunks: Any) -> Any:
    keeper = openrouter_chat.Chunks(content=False)
    for chunk in chunks:
        keeper.add(chunk)
    return openrouter_chat.response(keeper.value())


def test_upstream_and_cost() -> None:
    found = openrouter_chat.response({"provider": "Mistral", "usage": {"prompt_tokens": 1, "cost": 0.5}})
    assert found.extra == {"openrouter.provider.name": "Mistral", "openrouter.usage.cost": 0.5}


def test_upstream_and_cost_of_a_stream() -> None:
    found = streamed({"provider": "Mistral", "choices": []}, {"choices": [], "usage": {"cost": 0}})
    assert found.extra == {"openrouter.provider.name": "Mistral", "openrouter.usage.cost": 0.0}


def test_counts_that_a_model_has_turned_into_floats() -> None:
    """As version 0.0 of the SDK does."""
    found = openrouter_chat.response({"usage": {"prompt_tokens": 9.0, "completion_tokens": 2.5}})
    assert found.usage == Usage(input=9)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"code": 502, "message": "x"}, "502"),
        ({"code": 502.0, "message": "x"}, "502"),
        ({"code": "server_error"}, "server_error"),
        ({"code": 429, "metadata": {"error_type": "rate_limit_exceeded"}}, "rate_limit_exceeded"),
        ({"message": "x"}, "error"),
    ],
)
def test_an_error_within_a_stream(error: Any, told: str) -> None:
    found = streamed(
        {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}, {"error": error, "choices": []}
    )
    assert (found.error, found.finish_reasons) == (told, ["error"])


def test_an_error_of_a_choice() -> None:
    choice = {"finish_reason": "error", "error": {"code": 502}}
    found = openrouter_chat.response({"choices": [choice]})
    assert (found.error, found.finish_reasons) == ("502", ["error"])


def test_the_effort_of_thoughts() -> None:
    found = openrouter_chat.request(
        {"model": "m", "reasoning": {"effort": "high"}, "top_k": 3, "stop": "END"}
    )
    assert (found.reasoning_level, found.top_k, found.stop) == ("high", 3, ["END"])


@given(value=ODD, chunks=st.lists(ODD, max_size=4))
def test_odd_answers_are_read_as_far_as_they_make_sense(value: Any, chunks: list[Any]) -> None:
    openrouter_chat.response(value)
    openrouter_chat.output(value)
    streamed(*chunks)
