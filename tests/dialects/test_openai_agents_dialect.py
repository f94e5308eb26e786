# SPDX-License-Identifier: Apache-2.0
"""What the Agents SDK hands to its models, read from plain data."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import openai_agents as dialect
from spanwright.semconv.model import Message, Request, Text, Tool, ToolCall, Usage

ODD: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["type", "content"]), inner),
    max_leaves=6,
)
CALL = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"at": 1}'}
WORDS = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}
USED = {"input_tokens": 3, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 1}}


def test_settings_are_a_request() -> None:
    settings = SimpleNamespace(
        temperature=0.5,
        top_p=0.9,
        max_tokens=9,
        frequency_penalty=None,
        presence_penalty=0.1,
        reasoning=SimpleNamespace(effort="low"),
    )
    assert dialect.request("m", settings, object(), "resp_1", {"id": "pmpt_1", "version": "2"}) == Request(
        model="m",
        max_tokens=9,
        temperature=0.5,
        top_p=0.9,
        presence_penalty=0.1,
        output_type="json",
        reasoning_level="low",
        previous_response_id="resp_1",
        prompt_name="pmpt_1",
        prompt_version="2",
    )


def test_tools_and_handoffs_are_offered_alike() -> None:
    content = dialect.content("Be kind.", "hi", [{"name": "look"}], [{"tool_name": "transfer_to_b"}])
    assert content.system == [Text("Be kind.")]
    assert content.input == [Message("user", [Text("hi")])]
    assert content.tools == [Tool("look", "function"), Tool("transfer_to_b", "function")]


@pytest.mark.parametrize(
    ("output", "reasons"), [([WORDS], ["stop"]), ([WORDS, CALL], ["tool_call"]), ([], None)]
)
def test_an_answer_ends_with_calls_or_without(output: list[Any], reasons: list[str] | None) -> None:
    assert dialect.finish_reasons({"output": output}) == reasons


def test_an_answer_is_one_message() -> None:
    assert dialect.output({"output": [WORDS, CALL]}) == [
        Message(
            "assistant", [Text("hello"), ToolCall("look", "call_1", {"at": 1})], finish_reason="tool_call"
        )
    ]


def test_an_answer_tells_its_id_and_its_usage() -> None:
    found = dialect.response({"response_id": "resp_1", "usage": USED, "output": []})
    assert (found.id, found.usage) == ("resp_1", Usage(input=3, output=2, cache_read=1))


def test_what_the_sdk_makes_up_is_left_out() -> None:
    made_up = {"object": "response", "id": "__fake_id__", "model": "asked for", "usage": None}
    found = dialect.response(made_up)
    assert (found.id, found.model, found.usage) == (None, None, None)


def test_zeros_are_no_counts() -> None:
    assert dialect.usage({"input_tokens": 0, "output_tokens": 0}) is None


@pytest.mark.parametrize(
    ("model", "provider"),
    [("gpt-4o", "openai"), ("anthropic/claude", "anthropic"), (None, "openai"), ("/x", "openai")],
)
def test_a_prefix_names_the_provider(model: str | None, provider: str) -> None:
    assert dialect.provider(model) == provider


@given(ODD, ODD)
def test_no_data_is_too_odd(one: Any, other: Any) -> None:
    dialect.request(None, one, other, one, other)
    dialect.content(one, other, one, other)
    value = {"output": one, "usage": other, "status": one, "object": other}
    dialect.response(value)
    dialect.output(value)
    dialect.finish_reasons(value)
    dialect.arguments(one)
    dialect.result(one)
