# SPDX-License-Identifier: Apache-2.0
"""What the tests of frameworks look at alike: what failed, what was used, what is logged and left open, odd answers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

from spanwright.instrumentors._kernel import ending
from strange_answers import ANY, odd_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

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


def errors(recorder: Recorder) -> dict[str, Any]:
    """Return what failed, and how."""
    failed = [span for span in recorder.spans if not span.status.is_unset]
    return {span.name: (span.attributes or {}).get("error.type") for span in failed}


def used(recorder: Recorder) -> list[tuple[str, int, int]]:
    """Return name and usage of every span."""
    told = [(span.name, span.attributes or {}) for span in recorder.spans]
    keys = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
    return [(name, *(held.get(key, 0) for key in keys)) for name, held in told]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged by OpenTelemetry or by us, and nothing stays open."""
    with caplog.at_level(logging.WARNING):
        yield
    said = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert [each.getMessage() for each in said if each.name.startswith(("opentelemetry", "spanwright"))] == []
    assert not ending._open
