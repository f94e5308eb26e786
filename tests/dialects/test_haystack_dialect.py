# SPDX-License-Identifier: Apache-2.0
"""Haystack's shapes, read from plain data with no Haystack installed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import haystack_messages as messages
from spanwright.semconv.model import (
    Blob,
    Document,
    Generic,
    Message,
    Reasoning,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Usage,
)
from strange_answers import odd

NAMES = [
    *("_role", "_content", "_name", "_meta", "text", "tool_name", "arguments", "id", "origin"),
    *("result", "replies", "meta", "usage", "finish_reason", "model", "documents", "score"),
    *("base64_image", "reasoning_text", "last_message", "messages", "generation_kwargs", "stop"),
]


def said(role: str, *parts: Any, **meta: Any) -> dict[str, Any]:
    return {"_role": role, "_content": list(parts), "_name": None, "_meta": meta}


def test_a_message_is_its_parts() -> None:
    call = {"tool_name": "f", "arguments": {"a": 1}, "id": "c1", "extra": None}
    assert messages.message(said("assistant", {"reasoning_text": "hm"}, {"text": "hi"}, call)) == Message(
        "assistant", [Reasoning("hm"), Text("hi"), ToolCall("f", "c1", {"a": 1})]
    )


def test_a_tools_message_is_its_answer() -> None:
    told = said("tool", {"result": '{"a": 1}', "origin": {"id": "c1", "tool_name": "f"}, "error": False})
    assert messages.message(told) == Message("tool", [ToolResponse({"a": 1}, "c1")])


def test_media_is_inline() -> None:
    picture = {"base64_image": "AAAA", "mime_type": "image/png"}
    assert messages.message(said("user", picture)).parts == [Blob("image", "AAAA", "image/png")]


def test_unknown_parts_pass_through() -> None:
    assert messages.message(said("user", {"smell": "roses"})).parts == [Generic("dict", {"smell": "roses"})]


def test_the_arguments_of_the_run_go_before_those_of_the_component() -> None:
    settings = {"model": "m", "generation_kwargs": {"temperature": 0.1, "seed": 7}}
    asked = {"generation_kwargs": {"temperature": 0.5, "stop": "END"}, "streaming_callback": print}
    found = messages.request(settings, asked)
    assert (found.model, found.temperature, found.seed, found.stop) == ("m", 0.5, 7, ["END"])
    assert found.stream is True


def test_a_prompt_is_a_message() -> None:
    found = messages.content({"prompt": "hi"}, [{"name": "f"}, "odd"])
    assert (found.input, found.tools) == ([Message("user", [Text("hi")])], [Tool("f")])


def test_replies_tell_reasons_and_usage_once() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 2}
    replies = [
        said("assistant", {"text": "a"}, model="m", finish_reason="stop", usage=usage),
        said("assistant", {"text": "b"}, model="m", finish_reason="tool_calls", usage=usage),
    ]
    value = {"replies": replies}
    assert messages.response(value) == Response(
        model="m", finish_reasons=["stop", "tool_call"], usage=Usage(input=5, output=2)
    )
    assert [each.finish_reason for each in messages.output(value)] == ["stop", "tool_call"]


def test_plain_replies_have_their_facts_beside_them() -> None:
    value = {"replies": ["a"], "meta": [{"model": "m", "finish_reason": "length"}]}
    assert messages.response(value) == Response(model="m", finish_reasons=["length"])
    assert messages.output(value) == [Message("assistant", [Text("a")], finish_reason="length")]


def test_an_embedders_answer_has_its_facts_in_meta() -> None:
    value = {"embedding": [0.1], "meta": {"model": "e", "usage": {"prompt_tokens": 3, "total_tokens": 3}}}
    assert messages.embedded(value) == Response(model="e", usage=Usage(input=3))


def test_what_a_pipeline_is_given_is_its_messages_and_plain_values() -> None:
    data = {"prompt": {"question": "why?", "top": 3}, "llm": {"messages": [said("user", {"text": "hi"})]}}
    assert messages.given(data) == [
        Message("user", [Text("hi")]),
        Message("user", [Text("why?"), Generic("top", 3)]),
    ]


def test_what_a_pipeline_gives_is_one_message_without_documents() -> None:
    data = {"llm": {"replies": [said("assistant", {"text": "so"})]}, "r": {"documents": [{"content": "x"}]}}
    assert messages.made(data) == [Message("assistant", [Text("so")])]


def test_an_agents_answer_is_its_last_message() -> None:
    assert messages.last({"last_message": said("assistant", {"text": "so"})}) == [
        Message("assistant", [Text("so")])
    ]
    assert messages.last({"messages": [said("user"), said("assistant", {"text": "so"})]}) == [
        Message("assistant", [Text("so")])
    ]


def test_documents_are_read() -> None:
    held = {"id": "d", "content": "cats", "score": 1, "meta": {"page": 2}, "embedding": [0.1]}
    assert messages.documents({"documents": [held]}) == [Document("d", 1.0, "cats", {"page": 2})]


@pytest.mark.parametrize("value", [None, {}, {"replies": None}, {"replies": []}])
def test_no_answer_has_no_facts(value: Any) -> None:
    assert messages.response(value) is None
    assert messages.output(value) == []


@given(value=odd(st.sampled_from(NAMES)))
def test_no_value_makes_a_reader_fail(value: Any) -> None:
    held = value if isinstance(value, dict) else {"generation_kwargs": value, "messages": value}
    messages.request(held, held)
    messages.content(held, value)
    messages.conversation(value)
    messages.conversation([value])
    messages.response(value)
    messages.response({"replies": [value], "meta": [value]})
    messages.embedded(value)
    messages.output({"replies": [value], "meta": value})
    messages.last(value)
    messages.given(value)
    messages.made({"a": {"b": value}})
    messages.documents({"documents": [value]})
    messages.result(value)
