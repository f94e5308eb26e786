# SPDX-License-Identifier: Apache-2.0
"""watsonx.ai's dialects: what they read of JSON, with no SDK installed, and that no JSON makes them raise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.tape import Interaction, interactions
from spanwright.instrumentors._dialects import watsonx_chat, watsonx_text
from spanwright.semconv.model import Message, Text, Usage

RECORDED = [tape for tape in interactions("watsonx") if "/generation" in tape.uri]


def event(text: str, made: int, asked: int, reason: str = "not_finished") -> dict[str, Any]:
    result = {
        "generated_text": text,
        "generated_token_count": made,
        "input_token_count": asked,
        "stop_reason": reason,
    }
    return {"model_id": "m", "results": [result]}


def gathered(*events: Any) -> Any:
    chunks = watsonx_text.Chunks(content=True)
    for each in events:
        chunks.add(each)
    return chunks.value()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("eos_token", "stop"),
        ("EOS_TOKEN", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("token_limit", "length"),
        ("time_limit", "time_limit"),
        ("error", "error"),
    ],
)
def test_reasons_are_told_in_the_words_of_the_conventions(told: str, expected: str) -> None:
    assert watsonx_text.response(event("x", 1, 1, told)).finish_reasons == [expected]


def test_a_text_that_is_not_finished_has_no_reason() -> None:
    assert watsonx_text.response(event("x", 1, 1)).finish_reasons is None


def test_a_stream_counts_what_it_has_generated_so_far_and_its_input_once() -> None:
    value = gathered(event("", 0, 7), event("4,", 2, 0), event("000", 3, 0, "max_tokens"))
    found = watsonx_text.response(value)
    assert (found.model, found.finish_reasons, found.usage) == ("m", ["length"], Usage(input=7, output=3))
    assert watsonx_text.output(value) == [Message("assistant", [Text("4,000")], finish_reason="length")]


def test_an_input_that_is_counted_on_every_event_is_counted_once() -> None:
    value = gathered(event("Hi", 1, 4), event("!", 2, 4, "eos_token"))
    assert watsonx_text.response(value).usage == Usage(input=4, output=2)


def test_without_content_a_stream_keeps_no_text() -> None:
    chunks = watsonx_text.Chunks(content=False)
    chunks.add(event("SECRET", 1, 1))
    assert "SECRET" not in str(chunks.value())


def test_without_content_the_answers_to_several_prompts_keep_no_text() -> None:
    chunks = watsonx_text.Answers(content=False)
    chunks.add(event("SECRET", 1, 1, "eos_token"))
    assert "SECRET" not in str(chunks.value())
    assert watsonx_text.response(chunks.value()).usage == Usage(input=1, output=1)


def test_answers_without_results_that_count_have_the_count_of_the_answer() -> None:
    found = watsonx_text.response({"results": [{"embedding": [0.1]}], "input_token_count": 10})
    assert found.usage == Usage(input=10)


def test_the_model_of_a_chat_has_two_names() -> None:
    assert watsonx_chat.response({"model_id": "m", "choices": []}).model == "m"
    assert watsonx_chat.request({"model_id": "m"}).model == "m"


def test_an_error_within_a_stream_of_a_chat_has_its_code() -> None:
    chunks = watsonx_chat.Chunks(content=False)
    chunks.add({"model_id": "m", "choices": [{"delta": {"content": "x"}}]})
    chunks.add({"errors": [{"code": "internal_error", "message": "SECRET"}], "status_code": 500})
    assert watsonx_chat.response(chunks.value()).error == "internal_error"


@pytest.mark.skipif(not RECORDED, reason="the folder of real recordings is not there")
@pytest.mark.parametrize("tape", RECORDED, ids=str)
def test_a_recorded_text_is_read(tape: Interaction) -> None:
    body, told = tape.asked[0], json.loads(tape.text)
    (result,) = told["results"]
    found = watsonx_text.response(told)
    assert found.usage == Usage(input=result["input_token_count"], output=result["generated_token_count"])
    assert watsonx_text.request(body).model == found.model == told["model_id"]
    assert watsonx_text.content(body).input == [Message("user", [Text(body["input"])])]


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.floats(allow_nan=False)
NAMES = st.sampled_from(
    [
        *("results", "generated_text", "generated_token_count", "input_token_count", "stop_reason"),
        *("choices", "message", "delta", "content", "usage", "model_id", "model", "errors", "code"),
        *("parameters", "input", "stop_sequences", "messages", "tools"),
    ]
)
ODD = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.dictionaries(NAMES, ODD, max_size=4), st.lists(ODD, max_size=3))
def test_no_json_makes_them_raise(body: dict[str, Any], values: list[Any]) -> None:
    for dialect in (watsonx_text, watsonx_chat):
        dialect.request(body)
        dialect.content(body)
        for value in values:
            dialect.response(value)
            dialect.output(value)
    for kept in (watsonx_text.Chunks, watsonx_text.Answers, watsonx_chat.Chunks):
        for content in (False, True):
            chunks = kept(content=content)
            for value in values:
                chunks.add(value)
            chunks.value()
    for value in (values, [values]):
        watsonx_text.response(value)
        watsonx_text.output(value)
