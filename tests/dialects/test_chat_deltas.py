# SPDX-License-Identifier: Apache-2.0
"""Streams of chat completions, read from JSON alone: deltas joined to messages and calls."""

from __future__ import annotations

from typing import Any

import pytest

from spanwright.instrumentors._dialects import openai_chat
from spanwright.semconv.model import (
    Message,
    Reasoning,
    Text,
    ToolCall,
    Usage,
)


def call(index: object = None, **members: Any) -> dict[str, Any]:
    """Return the delta of one tool call; an index of None is left out."""
    function = {name: members.pop(name) for name in ("name", "arguments") if name in members}
    told: dict[str, Any] = {} if index is None else {"index": index}
    return {**told, **members, **({"function": function} if function else {})}


def streamed(*calls: dict[str, Any]) -> list[Any]:
    """Return the parts that a stream of these deltas makes up."""
    kept = openai_chat.Chunks(content=True)
    for each in calls:
        kept.add({"choices": [{"index": 0, "delta": {"tool_calls": [each]}}]})
    messages = openai_chat.output(kept.value())
    return list(messages[0].parts) if messages else []


ONE, TWO = ToolCall("f", "a", {"x": 1}), ToolCall("g", "b", {"y": 2})


def test_deltas_are_joined_by_their_index() -> None:
    assert streamed(
        call(0, id="a", name="f", arguments=""),
        call(1, id="b", name="g", arguments=""),
        call(0, arguments='{"x":'),
        call(1, arguments='{"y":'),
        call(0, arguments="1}"),
        call(1, arguments="2}"),
    ) == [ONE, TWO]


def test_deltas_without_an_index_are_joined_by_their_id() -> None:
    assert streamed(
        call(id="a", name="f", arguments='{"x":'),
        call(id="b", name="g", arguments='{"y":'),
        call(id="a", arguments="1}"),
        call(id="b", arguments="2}"),
    ) == [ONE, TWO]


def test_deltas_with_neither_belong_to_the_call_that_is_being_written() -> None:
    assert streamed(
        call(id="a", name="f", arguments='{"x":'),
        call(arguments="1}"),
        call(id="b", name="g", arguments='{"y":'),
        call(arguments="2}"),
    ) == [ONE, TWO]


def test_one_index_for_two_ids_is_two_calls() -> None:
    assert streamed(
        call(0, id="a", name="f", arguments='{"x":1}'), call(0, id="b", name="g", arguments='{"y":2}')
    ) == [ONE, TWO]


def test_pieces_after_a_repeated_index_belong_to_the_later_call() -> None:
    assert streamed(
        call(0, id="a", name="f", arguments='{"x":1}'),
        call(0, id="b", name="g", arguments='{"y":'),
        call(0, arguments="2}"),
    ) == [ONE, TWO]


def test_a_gap_in_the_index_is_no_call() -> None:
    assert streamed(
        call(0, id="a", name="f", arguments='{"x":1}'), call(5, id="b", name="g", arguments='{"y":2}')
    ) == [ONE, TWO]


def test_an_id_that_is_repeated_on_every_delta_is_one_call() -> None:
    assert streamed(call(0, id="a", name="f", arguments='{"x":'), call(0, id="a", arguments="1}")) == [ONE]


def test_an_id_that_comes_late_belongs_to_its_index() -> None:
    assert streamed(call(0, name="f", arguments='{"x":'), call(0, id="a", arguments="1}")) == [ONE]


def test_a_name_in_pieces_is_joined() -> None:
    assert streamed(call(0, id="a", name="get_"), call(0, name="weather"), call(0, arguments="{}")) == [
        ToolCall("get_weather", "a", {})
    ]


@pytest.mark.parametrize("nothing", [None, ""])
def test_arguments_that_are_nothing_leave_the_call(nothing: object) -> None:
    assert streamed(call(0, id="a", name="f", arguments=nothing)) == [ToolCall("f", "a", "")]


def test_null_where_an_index_should_be_is_no_index() -> None:
    first = {"index": None, "id": "a", "function": {"name": "f", "arguments": '{"x":'}}
    second = {"index": None, "id": None, "function": {"name": None, "arguments": "1}"}}
    assert streamed(first, second) == [ONE]


def test_arguments_that_are_cut_off_stay_text() -> None:
    assert streamed(call(0, id="a", name="f", arguments='{"x":')) == [ToolCall("f", "a", '{"x":')]


def test_custom_tools_keep_their_plain_input() -> None:
    assert streamed(
        {"index": 0, "id": "a", "type": "custom", "custom": {"name": "shell", "input": "ls"}},
        {"index": 0, "custom": {"input": " -l"}},
    ) == [ToolCall("shell", "a", "ls -l")]


def test_the_legacy_function_call_is_joined() -> None:
    kept = openai_chat.Chunks(content=True)
    for delta in ({"name": "f", "arguments": ""}, {"arguments": '{"x":'}, {"arguments": "1}"}):
        kept.add({"choices": [{"index": 0, "delta": {"function_call": delta}}]})
    assert openai_chat.output(kept.value())[0].parts == [ToolCall("f", None, {"x": 1})]


def test_choices_of_a_stream_are_kept_apart() -> None:
    kept = openai_chat.Chunks(content=True)
    for index, piece in ((0, "a"), (1, "x"), (0, "b"), (1, "y")):
        kept.add({"choices": [{"index": index, "delta": {"content": piece}}]})
    kept.add({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    kept.add({"choices": [{"index": 1, "delta": {}, "finish_reason": "length"}]})
    assert openai_chat.output(kept.value()) == [
        Message("assistant", [Text("ab")], finish_reason="stop"),
        Message("assistant", [Text("xy")], finish_reason="length"),
    ]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_is_told_under_either_of_its_names(name: str) -> None:
    kept = openai_chat.Chunks(content=True)
    for piece in ("Let me ", "think."):
        kept.add({"choices": [{"index": 0, "delta": {name: piece}}]})
    assert openai_chat.output(kept.value())[0].parts == [Reasoning("Let me think.")]


def test_facts_alone_take_constant_memory() -> None:
    kept = openai_chat.Chunks(content=False)
    for number in range(1000):
        kept.add({"id": "c", "choices": [{"index": 0, "delta": {"content": f"{number}"}}]})
    assert kept._deltas is None
    assert len(kept._finish) == 1


def test_the_last_usage_wins() -> None:
    kept = openai_chat.Chunks(content=False)
    for number in range(3):
        kept.add({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": number}})
    kept.add({"choices": [], "usage": None})
    assert openai_chat.response(kept.value()).usage == Usage(input=7, output=2)
