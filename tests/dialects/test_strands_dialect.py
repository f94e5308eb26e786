# SPDX-License-Identifier: Apache-2.0
"""What Strands asks and gets, read from plain data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from spanwright.instrumentors._dialects import strands_agents as dialect
from spanwright.semconv.model import Message, Text, ToolCall, Usage
from strange_answers import ANY, MANY


@pytest.mark.parametrize(
    ("module", "model", "provider"),
    [
        ("strands.models.bedrock", "us.amazon.nova", "aws.bedrock"),
        ("strands.models.openai", "gpt-4o", "openai"),
        ("strands.models.litellm", "anthropic/claude", "anthropic"),
        ("strands.models.litellm", "claude", "strands-agents"),
        ("application.models", "own", "strands-agents"),
    ],
)
def test_the_class_of_a_model_tells_the_provider(module: str, model: str, provider: str) -> None:
    assert dialect.provider(module, model) == provider


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ("Hello", [Message("user", [Text("Hello")])]),
        ([{"text": "Hello"}], [Message("user", [Text("Hello")])]),
        ([{"role": "assistant", "content": [{"text": "Hi"}]}], [Message("assistant", [Text("Hi")])]),
        ("", []),
        (None, []),
    ],
)
def test_a_prompt_has_many_forms(given_: Any, told: Any) -> None:
    assert dialect.prompt(given_) == told


def test_an_answer_is_read() -> None:
    call = {"toolUse": {"name": "look", "toolUseId": "1", "input": {"at": 1}}}
    assert dialect.output({"role": "assistant", "content": [call]}, "tool_use") == [
        Message("assistant", [ToolCall("look", "1", {"at": 1})], finish_reason="tool_call")
    ]


@pytest.mark.parametrize(("total", "told"), [(15, 10), (19, 14)])
def test_cached_tokens_are_in_the_input_or_beside_it(total: int, told: int) -> None:
    used = {"inputTokens": 10, "outputTokens": 5, "totalTokens": total, "cacheReadInputTokens": 4}
    found = dialect.response(used, "end_turn")
    assert found.usage == Usage(input=told, output=5, cache_read=4)
    assert found.finish_reasons == ["stop"]


def test_counts_that_nobody_told_are_none() -> None:
    assert dialect.response({"inputTokens": 0, "outputTokens": 0, "totalTokens": 0}, None).usage is None


@pytest.mark.parametrize(
    ("content", "told"),
    [([{"text": "a"}], "a"), ([{"json": {"a": 1}}], {"a": 1}), ([{"text": "a"}, {"text": "b"}], ["a", "b"])],
)
def test_what_a_tool_answers(content: Any, told: Any) -> None:
    assert dialect.result({"status": "success", "content": content}) == told


@MANY
@given(value=ANY, other=ANY)
def test_odd_data_is_read_without_an_error(value: Any, other: Any) -> None:
    dialect.content(value, other)
    dialect.content([value], [other])
    dialect.response(value, other)
    dialect.output({"content": [value]}, other)
    dialect.prompt(value)
    dialect.result({"content": [value, other]})
