# SPDX-License-Identifier: Apache-2.0
"""Reading the Agent2Agent protocol's messages, tasks and events, of both of its versions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import a2a_messages as wire
from spanwright.semconv.model import Blob, Generic, Message, Response, Text, Uri

LEFT, RIGHT = {"text": "Left."}, {"kind": "text", "text": "Right."}


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("completed", None),
        ("TASK_STATE_COMPLETED", None),
        ("input-required", None),
        ("failed", "failed"),
        ("TASK_STATE_REJECTED", "rejected"),
        ("canceled", "cancelled"),
        (None, None),
    ],
)
def test_a_task_s_state_tells_whether_it_failed(state: str | None, error: str | None) -> None:
    assert wire.response("c-1", state) == Response(conversation_id="c-1", error=error)


@pytest.mark.parametrize(
    ("role", "told"), [("user", "user"), ("agent", "assistant"), ("ROLE_AGENT", "assistant"), (None, "user")]
)
def test_roles_are_the_conventions(role: str | None, told: str) -> None:
    assert wire.message({"role": role, "parts": [LEFT]}) == Message(told, [Text("Left.")])


def test_parts_of_both_versions() -> None:
    found = wire.parts(
        [
            {"kind": "file", "file": {"uri": "https://house.test/map.png", "mimeType": "image/png"}},
            {"kind": "file", "file": {"bytes": "AAAA", "mimeType": "application/pdf"}},
            {"url": "https://house.test/way.mp3", "mediaType": "audio/mpeg"},
            {"raw": "AAAA"},
            {"kind": "data", "data": {"way": "left"}},
        ]
    )
    assert found == [
        Uri("image", "https://house.test/map.png", "image/png"),
        Blob("document", "AAAA", "application/pdf"),
        Uri("audio", "https://house.test/way.mp3", "audio/mpeg"),
        Blob("document", "AAAA", None),
        Generic("data", {"way": "left"}),
    ]


@pytest.mark.parametrize(
    "events",
    [
        [{"kind": "message", "parts": [LEFT]}],
        [{"message": {"parts": [LEFT]}}],
        [{"parts": [LEFT]}],
        [{"kind": "task", "artifacts": [{"parts": [LEFT]}], "status": {"state": "completed"}}],
        [
            {"task": {"status": {}}},
            {"artifactUpdate": {"artifact": {"parts": [LEFT]}}},
            {"statusUpdate": {"status": {}}},
        ],
        [{"artifact": {"parts": [LEFT]}}, {"kind": "status-update", "status": {"state": "completed"}}],
        [{"kind": "status-update", "status": {"message": {"parts": [LEFT]}}}],
    ],
)
def test_an_answer_is_what_was_made_and_what_was_said_last(events: list[Any]) -> None:
    assert wire.output(events) == [Message("assistant", [Text("Left.")])]


def test_a_task_at_the_end_has_all_that_was_made() -> None:
    made = {"kind": "artifact-update", "artifact": {"parts": [LEFT]}}
    task = {"kind": "task", "artifacts": [{"parts": [LEFT, RIGHT]}]}
    assert wire.output([made, task]) == [Message("assistant", [Text("Left."), Text("Right.")])]


_ODD: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(
                ["kind", "task", "message", "parts", "artifact", "status", "text", "file", "role"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)


@given(st.lists(_ODD, max_size=4))
def test_odd_events_are_survived(events: list[Any]) -> None:
    wire.output(events)
    for event in events:
        wire.message(event)
