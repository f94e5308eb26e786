# SPDX-License-Identifier: Apache-2.0
"""Mistral's wire, read from JSON alone: chats, gaps, conversations and documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import mistral_chat, mistral_conversations, mistral_media
from spanwright.semconv.model import (
    Generic,
    Message,
    Reasoning,
    ServerToolCall,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings" / "mistral"
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ODD = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "messages",
                    "inputs",
                    "input",
                    "type",
                    "content",
                    "outputs",
                    "usage",
                    "document",
                    "completion_args",
                    "role",
                )
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
DIALECTS = [mistral_chat, mistral_conversations, mistral_media]


def recorded() -> list[Any]:
    """Return the events of each recorded stream; none without the recordings."""
    found: list[Any] = []
    for path in sorted(RECORDINGS.glob("stream_*.yaml")):
        body = yaml.safe_load(path.read_text())["interactions"][0]["response"]["body"]["string"]
        lines = [line[6:] for line in body.splitlines() if line.startswith("data: {")]
        found.append(pytest.param([json.loads(line) for line in lines], id=path.stem))
    return found


def kept(dialect: Any, *chunks: Any) -> Any:
    """Return the answer that these make up."""
    keeper = dialect.Chunks(content=True)
    for chunk in chunks:
        keeper.add(chunk)
    return keeper.value()


def test_what_mistral_names_otherwise() -> None:
    found = mistral_chat.request({"model": "m", "random_seed": 3, "top_k": 5, "stop": "END"})
    assert (found.model, found.seed, found.top_k, found.stop) == ("m", 3, 5, ["END"])


def test_a_prompt_and_its_suffix() -> None:
    parts = [Text("def f("), Generic("suffix", {"content": "return"})]
    assert mistral_chat.content({"prompt": "def f(", "suffix": "return"}).input == [Message("user", parts)]


def test_parts_of_all_kinds() -> None:
    said = [
        {
            "type": "thinking",
            "thinking": [{"type": "text", "text": "Hm"}, {"type": "reference", "reference_ids": [1]}],
        },
        {"type": "text", "text": "See"},
        {"type": "document_url", "document_url": "https://a.test/b.pdf"},
        {"type": "input_audio", "input_audio": "https://a.test/b.mp3"},
        {"type": "reference", "reference_ids": [1, 2]},
    ]
    (message,) = mistral_chat.content({"messages": [{"role": "user", "content": said}]}).input
    assert message.parts == [
        Reasoning("Hm"),
        Text("See"),
        Uri("document", "https://a.test/b.pdf"),
        Uri("audio", "https://a.test/b.mp3"),
        Generic("reference", said[-1]),
    ]


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the folder of real recordings is not there")
@pytest.mark.parametrize("events", recorded())
def test_recorded_streams_are_joined(events: list[Any]) -> None:
    whole = kept(mistral_chat, *events)
    usage = events[-1]["usage"]
    found = mistral_chat.response(whole)
    assert (found.id, found.usage) == (
        events[0]["id"],
        Usage(
            input=usage["prompt_tokens"],
            output=usage["completion_tokens"],
            cache_read=usage["prompt_tokens_details"]["cached_tokens"],
        ),
    )
    (message,) = mistral_chat.output(whole)
    assert message.parts


def test_the_request_of_a_conversation() -> None:
    args = {"temperature": 0.5, "random_seed": 1, "max_tokens": 9, "response_format": {"type": "json_object"}}
    found = mistral_conversations.request({"model": "m", "stream": True, "completion_args": args})
    assert (
        found.model,
        found.stream,
        found.temperature,
        found.seed,
        found.max_tokens,
        found.output_type,
    ) == (
        "m",
        True,
        0.5,
        1,
        9,
        "json",
    )


def test_the_entries_of_a_conversation() -> None:
    entries = [
        "ignored: text stands alone",
        {"type": "message.input", "role": "user", "content": "Hello"},
        {"type": "message.output", "content": [{"type": "text", "text": "Hi"}]},
        {"type": "function.call", "name": "f", "tool_call_id": "a", "arguments": '{"x": 1}'},
        {"type": "function.result", "tool_call_id": "a", "result": "2"},
        {
            "type": "tool.execution",
            "id": "t",
            "name": "web_search",
            "arguments": '{"query": "x"}',
            "info": {},
        },
        {"type": "agent.handoff", "next_agent_name": "b"},
    ]
    found = mistral_conversations.content(
        {"instructions": "Be kind", "inputs": entries[1:], "tools": [{"type": "web_search"}]}
    )
    assert (found.system, found.tools) == ([Text("Be kind")], [Tool("web_search", "web_search")])
    assert [(each.role, each.parts) for each in found.input] == [
        ("user", [Text("Hello")]),
        ("assistant", [Text("Hi")]),
        ("assistant", [ToolCall("f", "a", {"x": 1})]),
        ("tool", [ToolResponse(2, "a")]),
        (
            "assistant",
            [
                ServerToolCall(
                    "web_search", {"type": "tool.execution", "arguments": {"query": "x"}, "info": {}}, "t"
                )
            ],
        ),
        ("assistant", [Generic("agent.handoff", entries[-1])]),
    ]


EVENTS: list[Any] = [
    {"type": "conversation.response.started", "conversation_id": "conv"},
    {"type": "tool.execution.started", "id": "t", "output_index": 0, "name": "web_search", "arguments": ""},
    {"type": "tool.execution.delta", "id": "t", "output_index": 0, "name": "web_search", "arguments": '{"q"'},
    {"type": "tool.execution.delta", "id": "t", "output_index": 0, "name": "web_search", "arguments": ": 1}"},
    {"type": "tool.execution.done", "id": "t", "output_index": 0, "name": "web_search", "info": {"n": 2}},
    {"type": "message.output.delta", "id": "m", "output_index": 1, "model": "large", "content": "Hel"},
    {"type": "message.output.delta", "id": "m", "output_index": 1, "model": "large", "content": "lo"},
    {
        "type": "message.output.delta",
        "id": "m",
        "output_index": 1,
        "content": {"type": "tool_reference", "tool": "web_search"},
    },
    {"type": "conversation.response.done", "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
]


def test_the_events_of_a_conversation_are_joined() -> None:
    (message,) = mistral_conversations.output(kept(mistral_conversations, *EVENTS))
    assert message == Message(
        "assistant",
        [
            ServerToolCall(
                "web_search", {"type": "tool.execution", "arguments": {"q": 1}, "info": {"n": 2}}, "t"
            ),
            Text("Hello"),
            Generic("tool_reference", EVENTS[7]["content"]),
        ],
        finish_reason="stop",
    )


def test_the_facts_of_events_are_the_same_without_content() -> None:
    keeper = mistral_conversations.Chunks(content=False)
    for event in EVENTS:
        keeper.add(event)
    bare = mistral_conversations.response(keeper.value())
    assert bare == mistral_conversations.response(kept(mistral_conversations, *EVENTS))
    assert (bare.model, bare.conversation_id, bare.finish_reasons, bare.usage) == (
        "large",
        "conv",
        ["stop"],
        Usage(input=3, output=4),
    )


def test_a_conversation_that_was_left_has_no_finish_reason() -> None:
    assert mistral_conversations.response(kept(mistral_conversations, *EVENTS[:-1])).finish_reasons is None


def test_a_conversation_that_failed() -> None:
    event = {"type": "conversation.response.error", "code": 3000, "message": "SECRET"}
    found = mistral_conversations.response(kept(mistral_conversations, *EVENTS[:3], event))
    assert (found.error, found.finish_reasons) == ("3000", ["error"])


@pytest.mark.parametrize("dialect", DIALECTS)
@given(
    body=st.dictionaries(
        st.sampled_from(("messages", "inputs", "input", "document", "completion_args", "prompt")), ODD
    )
)
def test_odd_requests_are_read_as_far_as_they_make_sense(dialect: Any, body: dict[str, Any]) -> None:
    dialect.request(body)
    dialect.content(body)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(value=ODD)
def test_odd_answers_are_read_as_far_as_they_make_sense(dialect: Any, value: Any) -> None:
    dialect.response(value)
    dialect.output(value)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(
    chunks=st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from([*(each["type"] for each in EVENTS), "transcription.done"]) | ODD},
            optional={
                name: ODD
                for name in ("content", "arguments", "id", "name", "usage", "model", "choices", "info")
            },
        )
        | ODD,
        max_size=4,
    )
)
def test_odd_streams_are_read_as_far_as_they_make_sense(dialect: Any, chunks: list[Any]) -> None:
    whole = kept(dialect, *chunks)
    dialect.response(whole)
    dialect.output(whole)
