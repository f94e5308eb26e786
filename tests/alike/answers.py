# SPDX-License-Identifier: Apache-2.0
"""Answers of a model, as odd as they come, for frameworks that ask the OpenAI SDK."""

from __future__ import annotations

from hypothesis import strategies as st

from strange_answers import ANY, odd_json

NAMES = st.sampled_from(
    [
        *("id", "model", "choices", "message", "delta", "role", "content", "tool_calls", "function", "name"),
        *("arguments", "finish_reason", "usage", "prompt_tokens", "completion_tokens", "index"),
        *("completion_tokens_details", "reasoning_tokens"),
    ]
)
CHOICE = st.fixed_dictionaries(
    {"index": st.just(0), "message": st.fixed_dictionaries({"role": st.just("assistant"), "content": ANY})},
    optional={"finish_reason": ANY},
)
ANSWERS = st.one_of(
    odd_json(NAMES),
    st.fixed_dictionaries({"choices": st.lists(CHOICE, max_size=2)}, optional={"usage": odd_json(NAMES)}),
)
