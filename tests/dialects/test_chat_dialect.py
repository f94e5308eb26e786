# SPDX-License-Identifier: Apache-2.0
"""Chat completions and legacy completions, read from JSON alone."""

from __future__ import annotations

from typing import Any

import pytest

from spanwright.instrumentors._dialects import openai_chat, openai_completions
from spanwright.semconv.model import (
    Blob,
    File,
    Generic,
    Message,
    Request,
    Text,
    Tool,
    ToolResponse,
    Uri,
)


def call(index: object = None, **members: Any) -> dict[str, Any]:
    """Return the delta of one tool call; an index of None is left out."""
    function = {name: members.pop(name) for name in ("name", "arguments") if name in members}
    told: dict[str, Any] = {} if index is None else {"index": index}
    return {**told, **members, **({"function": function} if function else {})}


WHOLE: dict[str, Any] = {
    "id": "c",
    "model": "m",
    "service_tier": "default",
    "system_fingerprint": "fp",
    "usage": {
        "prompt_tokens": 9,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": 1},
    },
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": "Both.",
                "reasoning_content": "Hm.",
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
                ],
            },
        }
    ],
}
HEAD = {name: WHOLE[name] for name in ("id", "model", "service_tier", "system_fingerprint")}


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


CHUNKS = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "Hm."}),
    chunk({"content": "Bo"}),
    chunk({"content": "th."}),
    chunk({"tool_calls": [call(0, id="a", type="function", name="f", arguments="")]}),
    chunk({"tool_calls": [call(0, arguments='{"x":1}')]}),
    chunk({}, "tool_calls"),
    {**HEAD, "choices": [], "usage": WHOLE["usage"]},
]


def test_a_streamed_answer_has_the_facts_of_an_unstreamed_one() -> None:
    kept = openai_chat.Chunks(content=False)
    for each in CHUNKS:
        kept.add(each)
    assert openai_chat.response(kept.value()) == openai_chat.response(WHOLE)
    assert openai_chat.answered_refinements(kept.value()) == openai_chat.answered_refinements(WHOLE)


def test_a_streamed_answer_has_the_content_of_an_unstreamed_one() -> None:
    kept = openai_chat.Chunks(content=True)
    for each in CHUNKS:
        kept.add(each)
    assert openai_chat.output(kept.value()) == openai_chat.output(WHOLE)


def test_the_newer_name_of_the_limit_wins() -> None:
    assert openai_chat.request({"max_tokens": 1, "max_completion_tokens": 2}) == Request(max_tokens=2)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"response_format": {"type": "text"}}, "text"),
        ({"response_format": {"type": "json_object"}}, "json"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "json"),
        ({"modalities": ["text", "audio"]}, "speech"),
        ({"modalities": ["text"]}, None),
        ({}, None),
    ],
)
def test_the_output_type_follows_from_what_was_asked_for(body: Any, kind: str | None) -> None:
    assert openai_chat.request(body).output_type == kind


def test_every_known_part_of_a_message_is_read() -> None:
    parts = [
        "plain",
        {"type": "text", "text": "Hello"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "image_url", "image_url": "data:image/png;base64,AAAA"},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"file_id": "file_1"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}},
        {"type": "hologram", "depth": 3},
    ]
    assert openai_chat.message({"role": "user", "content": parts}).parts == [
        Text("plain"),
        Text("Hello"),
        Uri("image", "https://example.com/a.png"),
        Blob("image", "AAAA", "image/png"),
        Blob("audio", "AAAA", "audio/wav"),
        File("document", "file_1"),
        Blob("document", "AAAA", "application/pdf"),
        Generic("hologram", {"type": "hologram", "depth": 3}),
    ]


@pytest.mark.parametrize(
    ("content", "response"),
    [
        ('{"a": 1}', {"a": 1}),
        ("plain", "plain"),
        ([{"type": "text", "text": "one "}, {"type": "text", "text": "two"}], "one two"),
        (None, ""),
    ],
)
def test_the_result_of_a_tool_is_read_as_what_it_is(content: object, response: object) -> None:
    assert openai_chat.message({"role": "tool", "tool_call_id": "a", "content": content}) == Message(
        "tool", [ToolResponse(response, "a")]
    )


def test_a_refusal_and_a_spoken_answer_are_parts() -> None:
    assert openai_chat.message(
        {"refusal": "No.", "audio": {"id": "audio_1", "transcript": "Yes."}}
    ).parts == [
        Generic("refusal", {"content": "No."}),
        Text("Yes."),
    ]


def test_a_call_without_a_name_is_passed_through_as_it_came() -> None:
    told = {"function_call": {"arguments": "{}"}, "tool_calls": [{"id": "a", "type": "function"}]}
    assert [type(part) for part in openai_chat.message(told).parts] == [Generic, Generic]


def test_tools_are_named_without_their_descriptions() -> None:
    body = {
        "tools": [
            {"type": "function", "function": {"name": "f", "description": "long", "parameters": {}}},
            {"type": "custom", "custom": {"name": "shell"}},
        ],
        "functions": [{"name": "old", "parameters": {}}],
    }
    assert openai_chat.content(body).tools == [Tool("f"), Tool("shell", "custom"), Tool("old")]


def test_a_choice_without_a_reason_among_others_ended_in_an_error() -> None:
    told = {"choices": [{"finish_reason": "stop"}, {"finish_reason": None}]}
    assert openai_chat.response(told).finish_reasons == ["stop", "error"]


def test_reasons_are_translated_and_unknown_ones_pass() -> None:
    told = {
        "choices": [{"finish_reason": each} for each in ("tool_calls", "function_call", "end_turn", "odd")]
    }
    assert openai_chat.response(told).finish_reasons == ["tool_call", "tool_call", "stop", "odd"]


def test_a_legacy_completion_has_prompts_and_texts() -> None:
    assert openai_completions.content({"prompt": ["a", "b"]}).input == [
        Message("user", [Text("a")]),
        Message("user", [Text("b")]),
    ]
    assert openai_completions.content({"prompt": [1, 2, 3]}).input == []


def test_a_streamed_legacy_completion_has_the_content_of_an_unstreamed_one() -> None:
    kept = openai_completions.Chunks(content=True)
    for piece, reason in (("On", None), ("ce", None), ("", "stop")):
        kept.add({"id": "c", "choices": [{"index": 0, "text": piece, "finish_reason": reason}]})
    whole = {"id": "c", "choices": [{"index": 0, "text": "Once", "finish_reason": "stop"}]}
    assert openai_completions.output(kept.value()) == openai_completions.output(whole)
    assert openai_completions.response(kept.value()) == openai_completions.response(whole)
