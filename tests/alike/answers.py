# SPDX-License-Identifier: Apache-2.0
"""Answers of a model, as odd as they come, for frameworks that ask the OpenAI SDK."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from strange_answers import ANY, odd_json

ODD = (
    *("odd:no-usage", "odd:usage-null-details", "odd:choices-null", "odd:choices-empty", "odd:empty-body"),
    *("odd:not-json", "odd:no-finish", "odd:content-filter", "odd:unknown-part"),
)
"""Models of the reference provider that answer oddly."""
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
_VALUES = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=4) | st.just([]) | st.just({})


def _body(content: Any, finish: Any, calls: Any, usage: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "tool_calls": calls}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    return {**whole, "choices": [choice], "usage": usage}


BODIES = st.builds(_body, _VALUES, _VALUES, _VALUES, _VALUES)
"""Answers in the right form, in which single members are of a wrong type."""
