# SPDX-License-Identifier: Apache-2.0
"""Anthropic's messages and legacy completions, read from JSON alone."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.tape import interactions
from spanwright.instrumentors._dialects import anthropic_completions, anthropic_messages
from spanwright.semconv import content, render
from spanwright.semconv.model import (
    Blob,
    Compaction,
    Content,
    File,
    Generic,
    Inference,
    Message,
    Reasoning,
    Request,
    Response,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)

DIALECTS: list[Any] = [anthropic_messages, anthropic_completions]
TAPES = [each for each in interactions("anthropic", "bedrock") if each.status == 200]

WHOLE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5",
    "content": [
        {"type": "thinking", "thinking": "Hm, hm.", "signature": "c2ln"},
        {"type": "text", "text": "Both."},
        {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 5,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 100,
        "output_tokens": 7,
        "output_tokens_details": {"thinking_tokens": 3},
    },
}


def delta(index: int, kind: str, field: str, text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, field: text}}


EVENTS: list[dict[str, Any]] = [
    {
        "type": "message_start",
        "message": {
            **WHOLE,
            "content": [],
            "stop_reason": None,
            "usage": {
                "input_tokens": 5,
                "cache_creation_input_tokens": 20,
                "cache_read_input_tokens": 100,
                "output_tokens": 1,
            },
        },
    },
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "thinking", "thinking": "", "signature": ""},
    },
    {"type": "ping"},
    delta(0, "thinking_delta", "thinking", "Hm,"),
    delta(0, "thinking_delta", "thinking", " hm."),
    delta(0, "signature_delta", "signature", "c2ln"),
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    delta(1, "text_delta", "text", "Bo"),
    delta(1, "text_delta", "text", "th."),
    {"type": "content_block_stop", "index": 1},
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}},
    },
    delta(2, "input_json_delta", "partial_json", '{"city":'),
    delta(2, "input_json_delta", "partial_json", ' "Oslo"}'),
    {"type": "content_block_stop", "index": 2},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {
            "output_tokens": 7,
            "input_tokens": None,
            "output_tokens_details": {"thinking_tokens": 3},
        },
    },
    {"type": "message_stop"},
]


def kept(events: list[Any], *, with_content: bool = False) -> dict[str, Any]:
    chunks = anthropic_messages.Chunks(content=with_content)
    for each in events:
        chunks.add(each)
    return chunks.value()


def test_cached_tokens_are_part_of_the_input_tokens() -> None:
    assert anthropic_messages.response(WHOLE) == Response(
        id="msg_1",
        model="claude-haiku-4-5",
        finish_reasons=["tool_call"],
        usage=Usage(input=125, output=7, cache_read=100, cache_write=20, reasoning=3),
    )


def test_a_streamed_message_has_the_facts_of_an_unstreamed_one() -> None:
    assert anthropic_messages.response(kept(EVENTS)) == anthropic_messages.response(WHOLE)


def test_a_streamed_message_has_the_content_of_an_unstreamed_one() -> None:
    assert anthropic_messages.output(kept(EVENTS, with_content=True)) == anthropic_messages.output(WHOLE)


def test_without_content_no_delta_is_kept() -> None:
    assert anthropic_messages.Chunks(content=False).value()["content"] == []
    assert kept(EVENTS)["content"] == []


def test_a_stream_that_broke_off_has_what_came_before() -> None:
    value = kept(EVENTS[:10], with_content=True)
    found = anthropic_messages.response(value)
    assert (found.id, found.finish_reasons, found.usage) == (
        "msg_1",
        None,
        Usage(input=125, output=1, cache_read=100, cache_write=20),
    )
    assert anthropic_messages.output(value) == [Message("assistant", [Reasoning("Hm, hm."), Text("Both.")])]


def test_an_error_event_is_the_error_of_the_answer() -> None:
    event = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert anthropic_messages.response(kept([*EVENTS[:3], event])).error == "overloaded_error"


def test_a_block_whose_start_was_lost_tells_by_its_deltas_what_it_is() -> None:
    value = kept([delta(4, "text_delta", "text", "Hi")], with_content=True)
    assert anthropic_messages.output(value) == [Message("assistant", [Text("Hi")])]


def test_events_are_not_changed_by_joining_them() -> None:
    before = json.dumps(EVENTS)
    kept(EVENTS, with_content=True)
    assert json.dumps(EVENTS) == before


def test_every_setting_of_a_request_is_read() -> None:
    body = {
        "model": "claude-haiku-4-5",
        "stream": True,
        "max_tokens": 64,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "stop_sequences": ["END"],
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {}}},
    }
    assert anthropic_messages.request(body) == Request(
        model="claude-haiku-4-5",
        stream=True,
        max_tokens=64,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        stop=["END"],
        output_type="json",
        reasoning_level="high",
    )


def test_the_older_place_of_the_output_format_is_read() -> None:
    assert anthropic_messages.request({"output_format": {"type": "json_schema"}}).output_type == "json"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_call"),
        ("refusal", "content_filter"),
        ("compaction", "compaction"),
        ("pause_turn", "pause_turn"),
    ],
)
def test_stop_reasons_are_told_in_the_words_of_the_conventions(told: str, read: str) -> None:
    assert anthropic_messages.response({"stop_reason": told}).finish_reasons == [read]


RESULT = {"type": "web_search_result", "title": "A", "url": "https://example.com"}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ("plain", Text("plain")),
        ({"type": "text", "text": "Hi", "citations": [{"type": "char_location"}]}, Text("Hi")),
        ({"type": "redacted_thinking", "data": "c2VjcmV0"}, Generic("redacted_thinking", {})),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
            Blob("image", "AAAA", "image/png"),
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
            Uri("image", "https://example.com/a.png"),
        ),
        ({"type": "document", "source": {"type": "file", "file_id": "file_1"}}, File("document", "file_1")),
        (
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Once."}},
            Text("Once."),
        ),
        ({"type": "document", "source": 7}, Generic("document", {"type": "document", "source": 7})),
        ({"type": "container_upload", "file_id": "file_2"}, File("document", "file_2")),
        ({"type": "compaction", "content": "So far."}, Compaction(content="So far.")),
        (
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
            ServerToolCall("web_search", {"type": "server_tool_use", "input": {"query": "x"}}, "s"),
        ),
        (
            {"type": "mcp_tool_use", "id": "m", "name": "echo", "server_name": "local", "input": {}},
            ServerToolCall("echo", {"type": "mcp_tool_use", "input": {}, "server_name": "local"}, "m"),
        ),
        (
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": [RESULT]},
            ServerToolResponse({"type": "web_search_tool_result", "content": [RESULT]}, "s"),
        ),
        (
            {"type": "code_execution_tool_result", "tool_use_id": "c", "content": {"stdout": "1"}},
            ServerToolResponse({"type": "code_execution_tool_result", "content": {"stdout": "1"}}, "c"),
        ),
        (
            {"type": "mcp_tool_result", "tool_use_id": "m", "content": "ok"},
            ServerToolResponse({"type": "mcp_tool_result", "content": "ok"}, "m"),
        ),
        ({"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}}, ToolCall("f", "t", {"x": 1})),
        ({"type": "tool_result", "tool_use_id": "t", "content": "4 C"}, ToolResponse("4 C", "t")),
        ({"type": "hologram", "depth": 3}, Generic("hologram", {"type": "hologram", "depth": 3})),
    ],
)
def test_every_block_becomes_a_part(block: Any, part: Any) -> None:
    assert anthropic_messages.message({"role": "user", "content": [block]}).parts == [part]


def test_thinking_whose_text_is_kept_back_is_no_part() -> None:
    block = {"type": "thinking", "thinking": "", "signature": "c2ln"}
    assert anthropic_messages.message({"role": "assistant", "content": [block]}).parts == []


def test_a_tool_result_in_blocks_tells_its_texts_and_the_kind_of_its_media() -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    words = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    read = anthropic_messages.message(
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "1", "content": words},
                {"type": "tool_result", "tool_use_id": "2", "content": [words[0], picture]},
            ],
        }
    )
    assert read.parts == [ToolResponse("ab", "1"), ToolResponse(["a", {"type": "image"}], "2")]


def test_system_history_and_tools_are_read() -> None:
    body = {
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [
            {"name": "f", "input_schema": {}},
            {"type": "web_search_20250305", "name": "web_search"},
            {"type": "mcp_toolset", "mcp_server_name": "local"},
        ],
    }
    assert anthropic_messages.content(body) == Content(
        system=[Text("Be brief.")],
        input=[Message("user", [Text("Hi")])],
        tools=[Tool("f"), Tool("web_search", "web_search_20250305"), Tool("local", "mcp_toolset")],
    )


def test_a_compacted_answer_says_so_with_content_or_without() -> None:
    events = [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "compaction", "content": None}},
        delta(0, "compaction_delta", "content", "So far."),
    ]
    for with_content in (False, True):
        assert anthropic_messages.response(kept(events, with_content=with_content)).compacted


def test_legacy_completions_are_read() -> None:
    body = {"model": "m", "prompt": "Hi", "max_tokens_to_sample": 9, "stop_sequences": ["x"]}
    assert anthropic_completions.request(body) == Request(model="m", max_tokens=9, stop=["x"])
    assert anthropic_completions.content(body) == Content(input=[Message("user", [Text("Hi")])])
    chunks = anthropic_completions.Chunks(content=True)
    for text, reason in (("Hel", None), ("lo", "stop_sequence")):
        chunks.add({"type": "completion", "id": "c", "model": "m", "completion": text, "stop_reason": reason})
    value = chunks.value()
    assert anthropic_completions.response(value) == Response(id="c", model="m", finish_reasons=["stop"])
    assert anthropic_completions.output(value) == [
        Message("assistant", [Text("Hello")], finish_reason="stop")
    ]


# --- odd data

NAMES = st.sampled_from(
    [
        *("type", "id", "model", "role", "content", "usage", "index", "delta", "message", "content_block"),
        *("text", "thinking", "partial_json", "input", "name", "tool_use_id", "source", "data", "media_type"),
        *("stop_reason", "error", "input_tokens", "output_tokens", "cache_read_input_tokens", "system"),
        *("messages", "tools", "output_config", "format", "effort", "prompt", "completion", "file_id", "url"),
        *("output_tokens_details", "stop_sequences", "max_tokens", "mcp_server_name", "server_name"),
    ]
)
KINDS = st.sampled_from(
    [
        *("text", "thinking", "tool_use", "tool_result", "image", "document", "base64", "url", "file"),
        *("server_tool_use", "web_search_tool_result", "compaction", "redacted_thinking", "message", "error"),
        *("message_start", "message_delta", "content_block_start", "content_block_delta", "message_stop"),
        *("text_delta", "thinking_delta", "input_json_delta", "compaction_delta", "container_upload"),
    ]
)
JSONISH = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | KINDS
    | st.text(max_size=3)
    | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5) | st.tuples(inner),
    max_leaves=20,
)
BODIES = st.dictionaries(NAMES, JSONISH, max_size=6)
many = settings(max_examples=200, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_request_makes_anthropic_dialects_raise(dialect: Any) -> None:
    @many
    @given(BODIES)
    def any_request(body: Any) -> None:
        before = repr(body)
        subject = Inference(request=dialect.request(body), content=dialect.content(body))
        render.start(subject)
        content.structured(subject)
        assert repr(body) == before

    any_request()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_answer_makes_anthropic_dialects_raise(dialect: Any) -> None:
    @many
    @given(JSONISH)
    def any_answer(value: Any) -> None:
        subject = Inference(response=dialect.response(value), content=Content(output=dialect.output(value)))
        render.finish(subject)
        content.structured(subject)

    any_answer()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_stream_makes_anthropic_dialects_raise(dialect: Any) -> None:
    @many
    @given(st.lists(BODIES | JSONISH, max_size=5), st.booleans())
    def any_stream(events: list[Any], with_content: bool) -> None:
        before = repr(events)
        chunks = dialect.Chunks(content=with_content)
        for each in events:
            chunks.add(each)
        value = chunks.value()
        render.finish(
            Inference(response=dialect.response(value), content=Content(output=dialect.output(value)))
        )
        assert repr(events) == before

    any_stream()


def test_anthropic_dialects_import_no_library() -> None:
    program = """
import sys
from spanwright.instrumentors._dialects import anthropic_messages, anthropic_completions
print(sorted({name.partition(".")[0] for name in sys.modules} & {"opentelemetry", "anthropic", "wrapt"}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


# --- recorded bodies


@pytest.mark.skipif(not TAPES, reason="the folder of recordings is not here")
@pytest.mark.parametrize("tape", [each for each in TAPES if "anthropic" in each.place], ids=str)
def test_a_recorded_message_is_read_whole(tape: Any) -> None:
    if "invoke_anthropic" not in tape.place and not tape.place.startswith("anthropic/"):
        pytest.skip("another wire")
    whole = "event-stream" not in tape.kind
    value = json.loads(tape.text) if whole else kept(tape.events, with_content=True)
    found, output = anthropic_messages.response(value), anthropic_messages.output(value)
    usage = value["usage"]
    assert found.usage is not None
    assert found.usage.input == sum(
        usage.get(name) or 0
        for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    )
    assert found.usage.output == usage["output_tokens"] > 1
    assert found.id is not None
    assert found.finish_reasons is not None
    assert len(output[0].parts) == len([each for each in value["content"] if each.get("thinking") != ""])
    assert not any(isinstance(part, Generic) and part.type != "redacted_thinking" for part in output[0].parts)
    asked = anthropic_messages.content(json.loads(tape.request_body))
    assert all(message.parts for message in asked.input)
    assert not any(isinstance(part, Generic) for message in asked.input for part in message.parts)
