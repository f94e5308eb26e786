# SPDX-License-Identifier: Apache-2.0
"""LlamaIndex's shapes, read from plain data with no LlamaIndex installed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import llama_index_answers as answers
from spanwright.instrumentors._dialects import llama_index_messages as messages
from spanwright.semconv.model import (
    Blob,
    Document,
    Generic,
    Message,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)
from strange_answers import odd

NAMES = [
    *("role", "blocks", "block_type", "text", "additional_kwargs", "tool_calls", "function", "name"),
    *("raw", "message", "choices", "usage", "finish_reason", "kept", "last", "node", "score"),
    *("tool_kwargs", "tool_name", "url", "image", "response", "raw_output", "model", "stop"),
]


def said(role: str, *blocks: Any, **extra: Any) -> dict[str, Any]:
    return {"role": role, "blocks": list(blocks), "additional_kwargs": extra}


def text(words: str) -> dict[str, Any]:
    return {"block_type": "text", "text": words}


def test_a_message_is_its_blocks() -> None:
    call = {"block_type": "tool_call", "tool_call_id": "c1", "tool_name": "f", "tool_kwargs": '{"a": 1}'}
    thought = {"block_type": "thinking", "content": "hm"}
    assert messages.message(said("assistant", thought, text("hi"), call)) == Message(
        "assistant", [Reasoning("hm"), Text("hi"), ToolCall("f", "c1", {"a": 1})]
    )


def test_calls_beside_the_blocks_are_read_unless_they_are_blocks_too() -> None:
    beside = {"id": "c1", "function": {"name": "f", "arguments": '{"a": 1}'}}
    assert messages.message(said("assistant", text(""), tool_calls=[beside])) == Message(
        "assistant", [ToolCall("f", "c1", {"a": 1})]
    )
    block = {"block_type": "tool_call", "tool_call_id": "c1", "tool_name": "f", "tool_kwargs": {"a": 1}}
    assert len(messages.message(said("assistant", block, tool_calls=[beside])).parts) == 1


def test_a_tools_message_is_its_answer() -> None:
    told = said("tool", text('{"a": 1}'), tool_call_id="c1")
    assert messages.message(told) == Message("tool", [ToolResponse({"a": 1}, "c1")])


@pytest.mark.parametrize(
    ("role", "known"),
    [("developer", "system"), ("model", "assistant"), ("chatbot", "assistant"), ("user", "user")],
)
def test_roles_are_the_conventions(role: str, known: str) -> None:
    assert messages.message(said(role, text("x"))).role == known


def test_media_is_inline_or_by_address() -> None:
    inline = {"block_type": "image", "image": b"AAAA", "image_mimetype": "image/png"}
    away = {"block_type": "image", "url": "https://example.com/a.png"}
    sound = {"block_type": "audio", "audio": b"AAAA", "format": "wav"}
    assert messages.message(said("user", inline, away, sound)).parts == [
        Blob("image", "AAAA", "image/png"),
        Uri("image", "https://example.com/a.png"),
        Blob("audio", "AAAA", "audio/wav"),
    ]


def test_unknown_blocks_pass_through() -> None:
    block = {"block_type": "smell", "of": "roses"}
    assert messages.message(said("user", block)).parts == [Generic("smell", block)]


def test_offered_tools_are_named() -> None:
    found = messages.chat("hi", {"tools": [{"type": "function", "function": {"name": "f"}}, "odd"]})
    assert found.input == [Message("user", [Text("hi")])]
    assert found.tools == [Tool("f")]


def test_a_calls_own_arguments_go_before_the_models() -> None:
    settings = {"model": "a", "temperature": 0.1, "additional_kwargs": {"top_p": 0.5}, "max_tokens": 9}
    found = answers.request(settings, {"temperature": 0.7, "stop": "END"})
    assert (found.model, found.temperature, found.top_p, found.max_tokens) == ("a", 0.7, 0.5, 9)
    assert found.stop == ["END"]


def test_a_model_without_a_name_has_none() -> None:
    assert answers.model({"model_name": "unknown"}) is None


OPENAI = {
    "id": "chatcmpl-1",
    "model": "m-1",
    "choices": [{"finish_reason": "tool_calls"}],
    "usage": {
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 1},
    },
}


@pytest.mark.parametrize(
    ("raw", "reasons", "usage"),
    [
        (OPENAI, ["tool_call"], Usage(input=7, output=3, cache_read=2, reasoning=1)),
        (
            {
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": 4},
            },
            ["stop"],
            Usage(input=9, output=2, cache_read=4),
        ),
        (
            {"stopReason": "max_tokens", "usage": {"inputTokens": 5, "outputTokens": 2}},
            ["length"],
            Usage(input=5, output=2),
        ),
        (
            {"usage_metadata": {"prompt_token_count": 5, "candidates_token_count": 2}},
            None,
            Usage(input=5, output=2),
        ),
        (
            {"done_reason": "stop", "prompt_eval_count": 5, "eval_count": 2},
            ["stop"],
            Usage(input=5, output=2),
        ),
        ({"choices": "odd", "usage": 3}, None, None),
    ],
)
def test_raw_answers_of_many_providers_are_read(raw: Any, reasons: Any, usage: Any) -> None:
    found = answers.response({"raw": raw, "message": said("assistant", text("x"))})
    assert found is not None
    assert (found.finish_reasons, found.usage) == (reasons, usage)


def test_a_stream_is_its_last_answer_with_the_facts_of_the_last_chunks() -> None:
    kept = answers.Chunks()
    for words, raw in (
        ("It", {"id": "c", "choices": [{}]}),
        ("It is", {"id": "c", "choices": [{"finish_reason": "stop"}]}),
        ("It is", {"id": "c", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}),
    ):
        kept.add({"message": said("assistant", text(words)), "raw": raw, "additional_kwargs": {}})
    value = kept.value()
    found = answers.response(value)
    assert found is not None
    assert (found.id, found.finish_reasons, found.usage) == ("c", ["stop"], Usage(input=1, output=2))
    assert answers.output(value) == [Message("assistant", [Text("It is")], finish_reason="stop")]


def test_a_stream_without_chunks_is_nothing() -> None:
    assert answers.Chunks().value() is None
    assert answers.output(None) == []


def test_a_completion_is_a_message() -> None:
    assert answers.output({"text": "HI"}) == [Message("assistant", [Text("HI")])]


def test_a_node_is_a_document() -> None:
    node = {"id_": "n", "text": "cats", "metadata": {"page": 1}}
    assert messages.document({"node": node, "score": 1}) == Document("n", 1.0, "cats", {"page": 1})
    assert messages.document({"node": {"text_resource": {"text": "dogs"}}}).content == "dogs"


def test_what_a_tool_returns_is_plain_data_or_its_text() -> None:
    assert messages.result({"tool_name": "t", "raw_output": {"n": 1}}) == {"n": 1}
    assert messages.result({"tool_name": "t", "raw_output": object(), "blocks": [text("done")]}) == "done"
    assert messages.result("[1]") == [1]


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("yes", [Text("yes")]),
        ({"response": "yes"}, [Text("yes")]),
        ({"response": said("assistant", text("yes"))}, [Text("yes")]),
        ({"sum": 3}, [Generic("result", {"sum": 3})]),
    ],
)
def test_answers_are_messages(value: Any, parts: Any) -> None:
    assert messages.answer(value) == [Message("assistant", parts)]


@given(value=odd(st.sampled_from(NAMES)))
def test_no_value_makes_a_reader_fail(value: Any) -> None:
    messages.conversation(value)
    messages.conversation([value])
    messages.document(value)
    messages.query(value)
    messages.result(value)
    messages.answer(value)
    answers.response(value)
    answers.output(value)
    held = value if isinstance(value, dict) else {"model": value, "tools": value, "stop": value}
    answers.request(held, held)
    messages.chat(value, held)
    kept = answers.Chunks()
    kept.add(value)
    answers.response(kept.value())
    answers.output(kept.value())
