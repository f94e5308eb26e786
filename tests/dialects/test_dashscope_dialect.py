# SPDX-License-Identifier: Apache-2.0
"""DashScope's dialects: what they read of JSON, with no SDK installed, and that no JSON makes them raise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.tape import Interaction, interactions
from spanwright.instrumentors._dialects import dashscope_generation, dashscope_others, rerank
from spanwright.instrumentors._dialects.dashscope_chunks import Chunks, Growing
from spanwright.semconv import content, render
from spanwright.semconv.model import (
    Content,
    Document,
    Generic,
    Inference,
    Message,
    Reasoning,
    Request,
    Response,
    Text,
    ToolCall,
    Uri,
    Usage,
)

RECORDED = interactions("dashscope")
NAMES = st.sampled_from(
    [
        *("model", "input", "parameters", "messages", "prompt", "role", "content", "text", "image", "audio"),
        *("output", "choices", "message", "index", "finish_reason", "tool_calls", "function", "name"),
        *("arguments", "id", "reasoning_content", "usage", "input_tokens", "output_tokens", "total_tokens"),
        *(
            "prompt_tokens_details",
            "output_tokens_details",
            "cached_tokens",
            "reasoning_tokens",
            "request_id",
        ),
        *("status_code", "code", "tools", "type", "n", "stop", "response_format", "results", "documents"),
        *("query", "top_n", "relevance_score", "document", "dimension"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just("tool")
JSONISH = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)
BODIES = st.dictionaries(NAMES, JSONISH, max_size=6)
many = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def chunk(reason: str, **message: Any) -> dict[str, Any]:
    """Return one event of a stream."""
    choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", **message}}
    return {
        "status_code": 200,
        "request_id": "r",
        "output": {"choices": [choice]},
        "usage": {"output_tokens": 1},
    }


def test_a_request_is_read_with_its_parameters() -> None:
    wanted = {"max_tokens": 9, "temperature": 0.1, "top_p": 0.5, "top_k": 3, "seed": 1, "n": 2, "stop": "."}
    form = {"response_format": {"type": "json_object"}}
    assert dashscope_generation.request(
        {"model": "qwen-plus", "stream": True, "parameters": {**wanted, **form}}
    ) == Request(
        model="qwen-plus",
        stream=True,
        max_tokens=9,
        temperature=0.1,
        top_p=0.5,
        top_k=3,
        seed=1,
        choices=2,
        stop=".",
        output_type="json",
    )


def test_an_answer_of_the_older_format_is_read() -> None:
    told = {
        "request_id": "r",
        "output": {"text": "Hi.", "finish_reason": "length"},
        "usage": {"input_tokens": 2},
    }
    assert dashscope_generation.response(told) == Response(
        id="r", finish_reasons=["length"], usage=Usage(input=2)
    )
    assert dashscope_generation.output(told) == [Message("assistant", [Text("Hi.")], finish_reason="length")]


def test_a_dict_of_a_class_of_its_own_is_read_as_a_dict() -> None:
    """The SDK's objects are such."""

    class Own(dict[str, Any]):
        pass

    assert dashscope_generation.response(Own(request_id="r", usage=Own(input_tokens=2))) == Response(
        id="r", usage=Usage(input=2)
    )


def test_null_in_letters_is_no_reason() -> None:
    assert dashscope_generation.response(chunk("null")).finish_reasons is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"status_code": 200, "code": ""}, None),
        ({"status_code": 400, "code": "InvalidParameter"}, "InvalidParameter"),
        ({"status_code": 502, "code": ""}, "502"),
        ({"status_code": 502, "code": None}, "502"),
        ({}, None),
    ],
)
def test_a_failure_is_told_by_its_code(told: Any, expected: str | None) -> None:
    assert dashscope_generation.failure(told) == expected


def test_parts_are_read_by_what_they_hold() -> None:
    parts = [{"image": "https://a.test/a.png"}, {"text": "b"}, "c", {"video": ["x"]}]
    told = {"role": "assistant", "reasoning_content": "Hm.", "content": parts}
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert dashscope_generation.message({**told, "tool_calls": [call]}).parts == [
        Reasoning("Hm."),
        Uri("image", "https://a.test/a.png"),
        Text("b"),
        Text("c"),
        Generic("unknown", {"video": ["x"]}),
        ToolCall("f", "1", {}),
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], ""),
        (["Hel", "Hello", "Hello there"], "Hello there"),
        (["Hel", "lo", " there", ""], "Hello there"),
        (["", "Hello", "Hello"], "Hello"),
        (["a", "ab", "c"], "aabc"),
    ],
)
def test_a_text_that_grows_and_one_in_pieces_come_to_the_same(texts: list[str], expected: str) -> None:
    grown = Growing()
    for text in texts:
        grown.add(text)
    assert grown.value() == expected


def test_pieces_that_were_asked_for_are_never_taken_for_growth() -> None:
    grown = Growing()
    grown.incremental()
    for text in ("ha", "haha", "haha!"):
        grown.add(text)
    assert grown.value() == "hahahahaha!"


@pytest.mark.parametrize("incremental", [False, True])
def test_chunks_make_up_the_answer_that_came_whole(incremental: bool) -> None:
    pieces = ["Let ", "me ", "look."] if incremental else ["Let ", "Let me ", "Let me look."]
    arguments = ['{"a', '": 1}'] if incremental else ['{"a', '{"a": 1}']
    kept = Chunks(content=True, incremental=incremental)
    for piece in pieces:
        kept.add(chunk("null", content=piece))
    for piece in arguments:
        call = {"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": piece}}
        kept.add(chunk("null", content="" if incremental else pieces[-1], tool_calls=[call]))
    kept.add(chunk("tool_calls", content="" if incremental else pieces[-1]))
    assert dashscope_generation.output(kept.value()) == [
        Message("assistant", [Text("Let me look."), ToolCall("f", "1", {"a": 1})], finish_reason="tool_call")
    ]
    assert dashscope_generation.response(kept.value()) == Response(
        id="r", finish_reasons=["tool_call"], usage=Usage(output=1)
    )


def test_a_chunk_that_is_put_together_later_was_taken_as_it_came() -> None:
    """Newer SDKs write everything so far into the calls that they show."""
    kept = Chunks(content=True, incremental=True)
    call: dict[str, Any] = {"index": 0, "id": "1", "function": {"name": "f", "arguments": '{"a'}}
    kept.add(chunk("null", tool_calls=[call]))
    call["function"]["arguments"] = '{"a": 1}'
    kept.add(chunk("null", tool_calls=[{"index": 0, "function": {"arguments": '": 1}'}}]))
    (said,) = dashscope_generation.output(kept.value())
    assert said.parts == [ToolCall("f", "1", {"a": 1})]


def test_an_error_among_the_chunks_is_the_answers() -> None:
    kept = Chunks(content=False)
    kept.add(chunk("null", content="Hi"))
    kept.add({"status_code": 400, "code": "DataInspectionFailed", "request_id": "r", "output": None})
    assert dashscope_generation.response(kept.value()).error == "DataInspectionFailed"


def test_documents_are_read_in_their_new_order() -> None:
    body = {"input": {"query": "q", "documents": ["a", {"text": "b"}]}, "parameters": {"top_n": 2}}
    told = {
        "output": {"results": [{"index": 1, "relevance_score": 0.5}, {"index": 7, "document": {"text": "z"}}]}
    }
    asked = dashscope_others.ranking(body)
    assert (rerank.top(asked), rerank.content(asked)) == (2, Content(query="q"))
    found = rerank.documents(asked, dashscope_others.rankings(told))
    assert found == [Document("1", 0.5, "b"), Document("7", None, "z")]


def test_no_json_makes_a_dialect_raise() -> None:
    @many
    @given(BODIES, JSONISH, st.booleans())
    def any_call(body: Any, value: Any, flag: bool) -> None:
        before = repr((body, value))
        for dialect in (dashscope_generation, dashscope_others):
            subject = Inference(request=dialect.request(body), response=dialect.response(value))
            if dialect is dashscope_generation:
                subject.content = dialect.content(body)
            render.start(subject)
            render.finish(subject)
            content.structured(subject)
        content.structured(Inference(content=Content(output=dashscope_generation.output(value))))
        asked = dashscope_others.ranking(body)
        rerank.documents(asked, dashscope_others.rankings(value))
        rerank.top(asked)
        kept = Chunks(content=flag, incremental=not flag)
        kept.add(value)
        kept.add(body)
        kept.add({"output": value})
        render.finish(Inference(response=dashscope_generation.response(kept.value())))
        content.structured(Inference(content=Content(output=dashscope_generation.output(kept.value()))))
        assert repr((body, value)) == before

    any_call()


@pytest.mark.skipif(not RECORDED, reason="the folder of real recordings is not there")
@pytest.mark.parametrize("told", RECORDED, ids=str)
def test_recorded_answers_are_read_as_they_tell(told: Interaction) -> None:
    value = json.loads(told.text)
    found = dashscope_generation.response(value)
    (choice,) = value["output"]["choices"]
    assert found.id == value["request_id"]
    assert found.finish_reasons == [{"tool_calls": "tool_call"}.get(choice["finish_reason"], "stop")]
    assert found.usage == Usage(
        input=value["usage"]["input_tokens"],
        output=value["usage"]["output_tokens"],
        cache_read=value["usage"]["prompt_tokens_details"]["cached_tokens"] or None,
    )
    (said,) = dashscope_generation.output(value)
    names = [part.name for part in said.parts if isinstance(part, ToolCall)]
    assert names == [call["function"]["name"] for call in choice["message"].get("tool_calls", ())]
