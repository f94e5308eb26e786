# SPDX-License-Identifier: Apache-2.0
"""Responses, read from JSON alone."""

from __future__ import annotations

from typing import Any

import pytest

from spanwright.instrumentors._dialects import openai_responses
from spanwright.semconv.model import (
    Blob,
    Compaction,
    File,
    Generic,
    Message,
    Reasoning,
    Response,
    ServerToolCall,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)

DONE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "model": "m",
    "status": "completed",
    "service_tier": "default",
    "usage": {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 3},
    },
    "output": [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]},
    ],
}
BEGUN = {**DONE, "status": "in_progress", "output": [], "usage": None}


def kept(*events: dict[str, Any], content: bool = True) -> Any:
    """Return what the events make up."""
    chunks = openai_responses.Chunks(content=content)
    for event in events:
        chunks.add(event)
    return chunks.value()


def test_a_completed_stream_is_the_response_that_it_carried() -> None:
    value = kept(
        {"type": "response.created", "response": BEGUN},
        {"type": "response.output_text.delta", "delta": "Hello."},
        {"type": "response.completed", "response": DONE},
    )
    assert openai_responses.response(value) == openai_responses.response(DONE)
    assert openai_responses.output(value) == openai_responses.output(DONE)


def test_a_stream_that_never_completes_keeps_its_head_and_its_pieces() -> None:
    value = kept(
        {"type": "response.created", "response": BEGUN},
        {"type": "response.output_text.delta", "delta": "Hel"},
        {"type": "response.output_text.delta", "delta": "lo."},
    )
    assert openai_responses.response(value).id == "resp_1"
    assert openai_responses.output(value) == [Message("assistant", [Text("Hello.")])]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "code": "server_error", "message": "SECRET"},
        {"type": "error", "error": {"code": "server_error", "message": "SECRET"}},
    ],
)
def test_an_error_event_fails_the_response_in_either_form(event: dict[str, Any]) -> None:
    found = openai_responses.response(kept({"type": "response.created", "response": BEGUN}, event))
    assert (found.id, found.status, found.error, found.finish_reasons) == (
        "resp_1",
        "failed",
        "server_error",
        ["error"],
    )


def test_pieces_are_not_kept_without_content() -> None:
    chunks = openai_responses.Chunks(content=False)
    chunks.add({"type": "response.output_text.delta", "delta": "SECRET"})
    assert chunks._pieces is None


@pytest.mark.parametrize(
    ("answer", "reasons", "error"),
    [
        ({"status": "completed"}, ["stop"], None),
        ({"status": "completed", "output": [{"type": "function_call"}]}, ["tool_call"], None),
        ({"status": "completed", "output": [{"type": "custom_tool_call"}]}, ["tool_call"], None),
        ({"status": "completed", "output": [{"type": "web_search_call"}]}, ["stop"], None),
        ({"status": "failed", "error": {"code": "rate_limit"}}, ["error"], "rate_limit"),
        ({"status": "failed", "error": None}, ["error"], "failed"),
        ({"status": "cancelled"}, ["error"], None),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, ["length"], None),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            ["content_filter"],
            None,
        ),
        ({"status": "incomplete"}, None, None),
        ({"status": "queued"}, None, None),
        ({"status": "in_progress"}, None, None),
        ({}, None, None),
    ],
)
def test_the_status_tells_why_the_model_stopped(
    answer: dict[str, Any], reasons: list[str] | None, error: str | None
) -> None:
    found = openai_responses.response(answer)
    assert (found.finish_reasons, found.error) == (reasons, error)


def test_facts_are_read_with_their_details() -> None:
    assert openai_responses.response(DONE) == Response(
        id="resp_1",
        model="m",
        status="completed",
        finish_reasons=["stop"],
        usage=Usage(input=9, output=5, cache_read=4, reasoning=3),
    )


@pytest.mark.parametrize("details", [None, {}, {"cached_tokens": None}, [], "many", 7])
def test_odd_details_of_the_usage_are_tolerated(details: object) -> None:
    used = openai_responses.usage(
        {
            "input_tokens": 1,
            "output_tokens": 2,
            "input_tokens_details": details,
            "output_tokens_details": details,
        }
    )
    assert used == Usage(input=1, output=2)


@pytest.mark.parametrize(
    ("value", "conversation"),
    [("conv_1", "conv_1"), ({"id": "conv_1"}, "conv_1"), (None, None), ("", None), (7, None), ({}, None)],
)
def test_a_conversation_is_named_in_either_form(value: object, conversation: str | None) -> None:
    assert openai_responses.conversation({"conversation": value}) == conversation


ITEMS: list[tuple[dict[str, Any], Message]] = [
    ({"role": "user", "content": "Hello"}, Message("user", [Text("Hello")])),
    (
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
        Message("user", [Text("Hello")]),
    ),
    (
        {"role": "user", "content": [{"type": "input_image", "image_url": "https://example.com/a.png"}]},
        Message("user", [Uri("image", "https://example.com/a.png")]),
    ),
    (
        {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]},
        Message("user", [Blob("image", "AAAA", "image/png")]),
    ),
    (
        {"role": "user", "content": [{"type": "input_image", "file_id": "file_1"}]},
        Message("user", [File("image", "file_1")]),
    ),
    (
        {"role": "user", "content": [{"type": "input_file", "file_id": "file_1"}]},
        Message("user", [File("document", "file_1")]),
    ),
    (
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        Message("assistant", [Generic("refusal", {"content": "No."})]),
    ),
    (
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": '{"x": 1}'},
        Message("assistant", [ToolCall("f", "a", {"x": 1})]),
    ),
    (
        {"type": "custom_tool_call", "call_id": "a", "name": "shell", "input": "ls"},
        Message("assistant", [ToolCall("shell", "a", "ls")]),
    ),
    (
        {"type": "function_call_output", "call_id": "a", "output": '{"x": 1}'},
        Message("tool", [ToolResponse({"x": 1}, "a")]),
    ),
    (
        {"type": "custom_tool_call_output", "call_id": "a", "output": "files"},
        Message("tool", [ToolResponse("files", "a")]),
    ),
    (
        {"type": "reasoning", "content": [{"text": "Hm."}], "summary": [{"text": "Aha."}]},
        Message("assistant", [Reasoning("Hm."), Reasoning("Aha.")]),
    ),
    ({"type": "reasoning", "encrypted_content": "opaque", "summary": []}, Message("assistant", [])),
    ({"type": "compaction", "id": "cmp_1"}, Message("assistant", [Compaction("cmp_1")])),
    (
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "x"}},
        Message(
            "assistant",
            [
                ServerToolCall(
                    "web_search",
                    {"type": "web_search_call", "status": "completed", "action": {"query": "x"}},
                    "ws_1",
                )
            ],
        ),
    ),
    (
        {"type": "mcp_call", "id": "mcp_1", "name": "look_up", "server_label": "shop", "output": "ok"},
        Message(
            "assistant",
            [
                ServerToolCall(
                    "look_up", {"type": "mcp_call", "server_label": "shop", "output": "ok"}, "mcp_1"
                )
            ],
        ),
    ),
    (
        {"type": "hologram", "depth": 3},
        Message("assistant", [Generic("hologram", {"type": "hologram", "depth": 3})]),
    ),
    ({}, Message("assistant", [Generic("unknown", {})])),
]


@pytest.mark.parametrize(("value", "message"), ITEMS)
def test_every_item_is_read_and_an_unknown_one_passes_through(
    value: dict[str, Any], message: Message
) -> None:
    assert openai_responses.item(value) == message


def test_the_items_of_an_answer_are_one_message() -> None:
    assert openai_responses.output(DONE) == [
        Message("assistant", [Reasoning("Hm."), Text("Hello.")], finish_reason="stop")
    ]


def test_instructions_history_and_tools_are_read_apart() -> None:
    found = openai_responses.content(
        {
            "instructions": "Be brief.",
            "input": "Hello",
            "tools": [
                {"type": "function", "name": "f", "parameters": {}},
                {"type": "web_search"},
                {"type": "mcp", "server_label": "shop"},
            ],
        }
    )
    assert (list(found.system), list(found.input), list(found.tools)) == (
        [Text("Be brief.")],
        [Message("user", [Text("Hello")])],
        [Tool("f"), Tool("web_search", "web_search"), Tool("shop", "mcp")],
    )
