# SPDX-License-Identifier: Apache-2.0
"""What smolagents passes on, read from plain data: messages, streams, answers, and whatever else may come."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import smolagents as dialect
from spanwright.semconv.model import Generic, Message, Text, ToolCall, Usage
from strange_answers import odd

ODD = odd(st.text())


@pytest.mark.parametrize(
    ("name", "model", "provider"),
    [
        ("openai/gpt-4o", "gpt-4o", "openai"),
        ("bedrock/anthropic.claude", "anthropic.claude", "aws.bedrock"),
        ("groq/meta/llama-3", "meta/llama-3", "groq"),
        ("gpt-4o", "gpt-4o", "openai"),
        (None, None, "openai"),
    ],
)
def test_what_goes_by_litellm_begins_with_its_provider(name: Any, model: Any, provider: str) -> None:
    assert dialect.model(name, routed=True) == model
    assert dialect.provider(name) == provider


def test_the_frameworks_own_roles_are_those_of_the_conventions() -> None:
    told = {"role": "tool-response", "content": [{"type": "text", "text": "sunny"}]}
    assert dialect.message(told) == Message("user", [Text("sunny")])
    assert dialect.message({"role": "tool-call", "content": "look"}) == Message("assistant", [Text("look")])


def test_an_image_is_a_part_without_its_bytes() -> None:
    assert dialect.message({"content": [{"type": "image", "image": object()}]}).parts == [
        Generic("image", {})
    ]


def test_the_counts_are_the_frameworks_where_the_providers_answer_is_not_there() -> None:
    used = SimpleNamespace(input_tokens=3, output_tokens=2)
    found = dialect.response(SimpleNamespace(raw=None, token_usage=used))
    assert found is not None
    assert found.usage == Usage(3, 2)


def test_the_providers_answer_tells_more() -> None:
    raw = {
        "id": "1",
        "model": "gpt-4o-2024",
        "choices": [{"finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
    }
    found = dialect.response({"raw": raw, "token_usage": {"input_tokens": 9, "output_tokens": 9}})
    assert found is not None
    assert (found.id, found.model, found.finish_reasons) == ("1", "gpt-4o-2024", ["tool_call"])
    assert found.usage == Usage(3, 2, 1)


def piece(**told: Any) -> Any:
    return SimpleNamespace(**{"content": None, "tool_calls": None, "token_usage": None, **told})


PIECES = [
    piece(content="I "),
    piece(content="look."),
    piece(tool_calls=[{"index": 0, "id": "call_1", "function": {"name": "look", "arguments": '{"at": '}}]),
    piece(tool_calls=[{"index": 0, "id": None, "function": {"name": None, "arguments": '"sky"}'}}]),
    piece(token_usage=SimpleNamespace(input_tokens=3, output_tokens=2)),
]


def test_a_stream_is_put_together() -> None:
    chunks = dialect.chunks(content=True)
    for each in PIECES:
        chunks.add(each)
    assert dialect.output(chunks.value()) == [
        Message("assistant", [Text("I look."), ToolCall("look", "call_1", {"at": "sky"})], None, "tool_call")
    ]


def test_a_stream_keeps_counts_alone_without_content() -> None:
    chunks = dialect.chunks(content=False)
    for each in PIECES:
        chunks.add(each)
    value = chunks.value()
    assert dialect.output(value) == []
    found = dialect.response(value)
    assert found is not None
    assert found.usage == Usage(3, 2)


def test_an_answer_may_be_anything() -> None:
    assert dialect.answer("Sunny.") == [Message("assistant", [Text("Sunny.")], None, "stop")]
    assert dialect.answer(21)[0].parts == [Generic("object", {"content": 21})]
    assert dialect.answer(None) == []


def test_arguments_come_by_name_or_as_they_are() -> None:
    assert dialect.arguments((), {"city": "Lisbon"}) == {"city": "Lisbon"}
    assert dialect.arguments(({"city": "Lisbon"},), {}) == {"city": "Lisbon"}
    assert dialect.arguments(("Lisbon", 2), {}) == {"args": ["Lisbon", 2]}


@given(value=ODD)
def test_whatever_comes_nothing_is_raised(value: Any) -> None:
    for read in (
        dialect.provider,
        dialect.response,
        dialect.message,
        dialect.output,
        dialect.asked,
        dialect.final,
        dialect.answer,
        dialect.result,
        dialect.executed,
    ):
        read(value)
    dialect.content(value, value)
    dialect.model(value, routed=True)
    chunks = dialect.chunks(content=True)
    chunks.add(value)
    chunks.add(SimpleNamespace(content=value, tool_calls=value, token_usage=value))
    dialect.output(chunks.value())
