# SPDX-License-Identifier: Apache-2.0
"""The default behaviour, alone: tools that fit, arguments that make sense, values that are valid."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.offers import CHAT_TOOLS, user
from spanwright.console.provider.mind import think
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.schema import Filler, names
from spanwright.console.provider.tokens import count, shorten, words


def tool(name: str, description: str, **properties: Any) -> Any:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


FILES = [
    tool("read_file", "Read a file.", file_path={"type": "string"}),
    tool("write_file", "Write text to a file.", file_path={"type": "string"}, content={"type": "string"}),
    tool("edit_file", "Change a part of a file.", file_path={"type": "string"}),
]
SUM = tool("calculator", "Evaluate an arithmetic expression.", expression={"type": "string"})
SEARCH = tool("search_docs", "Search the documentation of the product.", query={"type": "string"})


def called(question: str, tools: list[Any], **more: Any) -> list[tuple[str, Any]]:
    thought = think(from_chat({"messages": user(question), "tools": tools, **more}, "m"))
    return [(call.name, json.loads(call.arguments)) for call in thought.calls]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Weather in Paris and Rome?",
            [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"})],
        ),
        ("what's the weather in oslo?", [("get_weather", {"city": "oslo"})]),
        ("Tell me the time in New York, please.", [("get_local_time", {"city": "New York"})]),
        ("How is the weather in Rio de Janeiro?", [("get_weather", {"city": "Rio de Janeiro"})]),
        ("Write a poem about Paris", []),
    ],
)
def test_tools_that_fit_are_called(question: str, expected: list[tuple[str, Any]]) -> None:
    assert called(question, CHAT_TOOLS) == expected


def test_of_tools_for_one_thing_the_best_is_called() -> None:
    told = called("Write a report to the file notes.md", FILES)
    assert [(name, arguments["file_path"]) for name, arguments in told] == [("write_file", "notes.md")]


def test_an_expression_and_a_query_are_found() -> None:
    assert called("Use the calculator: what is 12 * (3 + 4)?", [SUM]) == [
        ("calculator", {"expression": "12 * (3 + 4)"})
    ]
    assert called("Search the docs for retries", [SEARCH])[0][0] == "search_docs"


def test_a_tool_named_like_a_class_is_the_form_of_the_answer() -> None:
    form = tool("Report", "A weather report.", city={"type": "string"}, summary={"type": "string"})
    tools = [*CHAT_TOOLS, form]
    assert called("Weather in Oslo?", tools, tool_choice="required") == [("get_weather", {"city": "Oslo"})]
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        *user("Weather in Oslo?"),
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Snow."},
    ]
    thought = think(from_chat({"messages": messages, "tools": tools, "tool_choice": "required"}, "m"))
    assert [(call.name, json.loads(call.arguments)) for call in thought.calls] == [
        ("Report", {"city": "Oslo", "summary": "Here is what I found: Snow."})
    ]


def test_an_answer_that_stands_in_the_context_is_given() -> None:
    prompt = (
        "Use only this context.\n\nContext:\nRefunds take five days.\n\nQuestion: When is my refund paid?"
    )
    assert think(from_chat({"messages": user(prompt)}, "m")).text == "Refunds take five days."


def test_names_are_found_without_the_words_that_open_a_sentence() -> None:
    assert names("Compare Paris with Kuala Lumpur. Weather in Rome?") == ["Paris", "Kuala Lumpur", "Rome"]


SCHEMA: Any = {
    "$defs": {
        "Leg": {"type": "object", "properties": {"to": {"$ref": "#/$defs/Place"}}, "required": ["to"]},
        "Place": {"type": "string", "minLength": 3, "maxLength": 12},
    },
    "type": "object",
    "properties": {
        "legs": {"type": "array", "items": {"$ref": "#/$defs/Leg"}, "minItems": 2},
        "kind": {"enum": ["train", "plane"]},
        "price": {"type": "number", "minimum": 10, "maximum": 20},
        "seats": {"type": "integer", "exclusiveMinimum": 2},
        "day": {"type": "string", "format": "date"},
        "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        "firm": {"type": ["boolean", "null"]},
        "mark": {"const": 7},
    },
    "required": ["legs", "kind", "price", "seats", "day", "note", "firm", "mark"],
    "additionalProperties": False,
}


@given(st.text(max_size=60))
def test_what_is_filled_in_is_valid_whatever_was_said(text: str) -> None:
    jsonschema.validate(Filler(text).fill(SCHEMA), SCHEMA)


def test_a_schema_that_contains_itself_is_filled() -> None:
    schema: Any = {
        "$defs": {
            "Node": {
                "type": "object",
                "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
                "required": ["children"],
            }
        },
        "$ref": "#/$defs/Node",
    }
    jsonschema.validate(Filler("Hi").fill(schema), schema)


@given(st.text())
def test_words_join_to_the_text(text: str) -> None:
    assert "".join(words(text)) == text


@given(st.text(), st.integers(0, 50))
def test_a_shortened_text_keeps_to_its_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert text.startswith(short)
    assert count(short) <= limit
