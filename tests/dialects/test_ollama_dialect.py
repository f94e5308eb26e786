# SPDX-License-Identifier: Apache-2.0
"""Ollama's dialects: what they read of JSON, with no SDK installed, and that no JSON makes them raise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.tape import Interaction, interactions
from spanwright.instrumentors._dialects import ollama_chat, ollama_embed, ollama_generate
from spanwright.semconv import content, render
from spanwright.semconv.model import (
    Blob,
    Content,
    Generic,
    Inference,
    Message,
    Reasoning,
    Request,
    Response,
    Text,
    ToolCall,
    ToolResponse,
    Usage,
)

DIALECTS: list[Any] = [ollama_chat, ollama_generate, ollama_embed]
RECORDED = interactions("ollama")
NAMES = st.sampled_from(
    [
        *("model", "messages", "message", "role", "content", "thinking", "images", "tool_calls", "tool_name"),
        *(
            "function",
            "name",
            "arguments",
            "tools",
            "type",
            "options",
            "num_predict",
            "stop",
            "seed",
            "think",
        ),
        *("format", "stream", "prompt", "suffix", "system", "response", "image", "value", "input"),
        *("done", "done_reason", "prompt_eval_count", "eval_count", "dimensions", "context", "error"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just("tool")
JSONISH = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)
BODIES = st.dictionaries(NAMES, JSONISH, max_size=6)
many = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def test_a_request_is_read_with_its_options() -> None:
    found = ollama_chat.request(
        {
            "model": "qwen3",
            "stream": True,
            "format": {"type": "object"},
            "think": "low",
            "options": {"num_predict": 9, "temperature": 0, "top_k": 3, "seed": 1, "stop": ["."]},
        }
    )
    assert found == Request(
        model="qwen3",
        stream=True,
        max_tokens=9,
        temperature=0,
        top_k=3,
        seed=1,
        stop=["."],
        output_type="json",
        reasoning_level="low",
    )


def test_an_answer_is_read_with_its_counts() -> None:
    told = {"model": "qwen3", "done_reason": "length", "prompt_eval_count": 5, "eval_count": 7}
    assert ollama_chat.response(told) == Response(
        model="qwen3", finish_reasons=["length"], usage=Usage(input=5, output=7)
    )


def test_a_message_is_read_in_the_order_of_thinking_saying_and_calling() -> None:
    call = {"id": "call_1", "function": {"name": "look", "arguments": {"at": "sky"}}}
    told = {
        "role": "assistant",
        "thinking": "Hm.",
        "content": "Look.",
        "images": ["aGk="],
        "tool_calls": [call, {}],
    }
    assert ollama_chat.message(told) == Message(
        "assistant",
        [
            Reasoning("Hm."),
            Text("Look."),
            Blob("image", "aGk="),
            ToolCall("look", "call_1", {"at": "sky"}),
            Generic("function", {}),
        ],
    )


def test_a_result_of_a_tool_is_read_with_the_tools_name() -> None:
    told = {"role": "tool", "content": '{"sky": "blue"}', "tool_name": "look"}
    assert ollama_chat.message(told) == Message("tool", [ToolResponse({"sky": "blue"})], "look")


def test_lines_make_up_the_answer_that_came_whole() -> None:
    kept = ollama_chat.Chunks(content=True)
    call = {"function": {"name": "look", "arguments": {}}}
    for message in (
        {"role": "assistant", "content": "", "thinking": "H"},
        {"role": "assistant", "content": "", "thinking": "m"},
        {"role": "assistant", "content": "Lo"},
        {"role": "assistant", "content": "ok", "tool_calls": [call]},
    ):
        kept.add({"model": "qwen3", "message": message, "done": False})
    kept.add(
        {"model": "qwen3", "message": {"content": ""}, "done": True, "done_reason": "stop", "eval_count": 3}
    )
    (said,) = ollama_chat.output(kept.value())
    assert said == Message(
        "assistant", [Reasoning("Hm"), Text("Look"), ToolCall("look", None, {})], finish_reason="stop"
    )
    assert ollama_chat.response(kept.value()).usage == Usage(output=3)


def test_a_prompt_is_read_with_its_suffix_and_its_instructions_apart() -> None:
    found = ollama_generate.content({"prompt": "a", "suffix": "z", "system": "Be kind.", "images": ["aGk="]})
    assert found.system == [Text("Be kind.")]
    assert found.input == [
        Message("user", [Text("a"), Blob("image", "aGk="), Generic("suffix", {"content": "z"})])
    ]


def test_a_completion_is_put_together_from_its_lines() -> None:
    kept = ollama_generate.Chunks(content=True)
    for told in (
        {"response": "", "thinking": "Hm."},
        {"response": "b"},
        {"response": "c", "done_reason": "stop"},
    ):
        kept.add(told)
    assert ollama_generate.output(kept.value()) == [
        Message("assistant", [Reasoning("Hm."), Text("bc")], finish_reason="stop")
    ]


def test_a_picture_is_content_of_the_answer() -> None:
    (said,) = ollama_generate.output({"image": "aGk=", "done_reason": "stop"})
    assert said.parts == [Blob("image", "aGk=")]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_json_makes_a_dialect_raise(dialect: Any) -> None:
    @many
    @given(BODIES, JSONISH)
    def any_call(body: Any, value: Any) -> None:
        before = repr((body, value))
        subject = Inference(
            request=dialect.request(body),
            content=dialect.content(body),
            response=dialect.response(value),
        )
        render.start(subject)
        render.finish(subject)
        content.structured(subject)
        content.structured(Inference(content=Content(output=dialect.output(value))))
        assert repr((body, value)) == before

    any_call()


@pytest.mark.parametrize("dialect", [ollama_chat, ollama_generate])
def test_no_stream_makes_a_dialect_raise(dialect: Any) -> None:
    @many
    @given(st.lists(JSONISH, max_size=4), st.booleans())
    def any_stream(chunks: list[Any], with_content: bool) -> None:
        kept = dialect.Chunks(content=with_content)
        for chunk in chunks:
            kept.add(chunk)
        render.finish(Inference(response=dialect.response(kept.value())))
        content.structured(Inference(content=Content(output=dialect.output(kept.value()))))

    any_stream()


@pytest.mark.skipif(not RECORDED, reason="the folder of real recordings is not there")
@pytest.mark.parametrize("told", RECORDED, ids=str)
def test_recorded_answers_are_read_as_they_tell(told: Interaction) -> None:
    lines = [json.loads(line) for line in told.text.decode().splitlines() if line]
    kept = ollama_chat.Chunks(content=True)
    for line in lines:
        kept.add(line)
    found, last = ollama_chat.response(kept.value()), lines[-1]
    assert (found.model, found.finish_reasons) == (
        last.get("model"),
        [last["done_reason"]] if "done_reason" in last else None,
    )
    assert found.usage == (
        Usage(input=last["prompt_eval_count"], output=last["eval_count"]) if "eval_count" in last else None
    )
    said = [
        part.content
        for message in ollama_chat.output(kept.value())
        for part in message.parts
        if isinstance(part, Text)
    ]
    assert "".join(said) == "".join(line["message"]["content"] for line in lines if "message" in line)
