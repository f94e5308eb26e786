# SPDX-License-Identifier: Apache-2.0
"""Google's interactions, from JSON alone: statuses, steps, the older forms, and streams of events."""

from __future__ import annotations

from typing import Any

import pytest

from spanwright.instrumentors._dialects import gemini_interactions
from spanwright.semconv.model import (
    Message,
    Reasoning,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Uri,
    Usage,
)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("completed", ["stop"]),
        ("requires_action", ["tool_call"]),
        ("incomplete", ["length"]),
        ("requires_continuation", ["length"]),
        ("failed", ["error"]),
        ("in_progress", None),
        (None, None),
    ],
)
def test_the_status_of_an_interaction_is_its_reason(status: Any, told: Any) -> None:
    assert gemini_interactions.response({"status": status}).finish_reasons == told


def test_steps_and_the_older_outputs_are_read_alike() -> None:
    steps = [
        {"type": "thought", "summary": [{"type": "text", "text": "hm"}]},
        {"type": "model_output", "content": [{"type": "text", "text": "words"}]},
        {"type": "google_search_call", "id": "1", "arguments": {"queries": ["x"]}},
        {"type": "google_search_result", "call_id": "1", "result": []},
    ]
    outputs = [steps[0], {"type": "text", "text": "words"}, *steps[2:]]
    told = [
        Reasoning("hm"),
        Text("words"),
        ServerToolCall("google_search", {"type": "google_search_call", "arguments": {"queries": ["x"]}}, "1"),
        ServerToolResponse({"type": "google_search_result", "result": []}, "1"),
    ]
    for answer in ({"steps": steps}, {"outputs": outputs}):
        (message,) = gemini_interactions.output({**answer, "status": "completed"})
        assert message.parts == told


def test_contents_that_stand_alone_are_one_message() -> None:
    body = {"input": [{"type": "text", "text": "What is it?"}, {"type": "image", "uri": "gs://a/b"}]}
    assert gemini_interactions.content(body).input == [
        Message("user", [Text("What is it?"), Uri("image", "gs://a/b")])
    ]


def test_turns_of_the_older_form_are_read() -> None:
    body = {"input": [{"role": "user", "content": "Hi"}, {"role": "model", "content": [{"text": "Yes?"}]}]}
    assert gemini_interactions.content(body).input == [
        Message("user", [Text("Hi")]),
        Message("assistant", [Text("Yes?")]),
    ]


def test_an_interaction_that_is_cut_has_its_counts_so_far() -> None:
    kept = gemini_interactions.Chunks(content=False)
    kept.add({"event_type": "interaction.created", "interaction": {"id": "v1", "status": "in_progress"}})
    kept.add({"event_type": "step.delta", "metadata": {"total_usage": {"total_input_tokens": 3}}})
    found = gemini_interactions.response(kept.value())
    assert (found.id, found.usage) == ("v1", Usage(input=3))


def test_an_error_event_is_a_failure() -> None:
    kept = gemini_interactions.Chunks(content=False)
    kept.add({"event_type": "error", "error": {"code": "internal", "message": "SECRET"}})
    assert gemini_interactions.response(kept.value()).error == "internal"
