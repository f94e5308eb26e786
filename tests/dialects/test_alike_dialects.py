# SPDX-License-Identifier: Apache-2.0
"""What providers add to OpenAI's wire, read from JSON alone: Groq, Together, Writer, and errors in good answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from dialects.test_dialects_alone import BODIES, JSONISH, many
from spanwright.instrumentors._dialects import openai_chat, rerank, writer_texts
from spanwright.semconv.model import (
    Document,
    Message,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Usage,
)

if TYPE_CHECKING:
    from pathlib import Path

RAN = {"index": 0, "type": "python", "arguments": '{"code":"1"}', "output": "1"}
PARTS = [
    ServerToolCall("python", {"type": "python", "arguments": {"code": "1"}}),
    ServerToolResponse({"type": "python", "output": "1"}),
    Text("One."),
]


def streamed(*chunks: Any, content: bool = True) -> dict[str, Any]:
    """Return the answer that chunks make up."""
    kept = openai_chat.Chunks(content=content)
    for each in chunks:
        kept.add(each)
    return kept.value()


def delta(**members: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": members}]}


def test_usage_of_groqs_last_chunk_is_the_streams() -> None:
    last = {"choices": [], "x_groq": {"id": "r", "usage": {"prompt_tokens": 12, "completion_tokens": 26}}}
    found = openai_chat.response(streamed(delta(content="Hello"), last, content=False))
    assert found.usage == Usage(input=12, output=26)


def test_usage_in_openais_place_wins() -> None:
    last = {"usage": {"prompt_tokens": 1}, "x_groq": {"usage": {"prompt_tokens": 2}}}
    assert openai_chat.response(streamed(last)).usage == Usage(input=1)


@pytest.mark.parametrize(
    ("used", "cached"),
    [
        ({"cached_tokens": 7}, 7),
        ({"prompt_cache_hit_tokens": 7, "cached_tokens": 3}, 7),
        ({"prompt_token_details": {"cached_tokens": 7}}, 7),
        ({"prompt_tokens_details": {"cached_tokens": 7}, "cached_tokens": 3}, 7),
        ({"prompt_token_details": None, "cached_tokens": 7}, 7),
        ({"cached_tokens": "7"}, None),
    ],
)
def test_cached_tokens_are_found_in_every_providers_place(used: Any, cached: int | None) -> None:
    found = openai_chat.usage({"prompt_tokens": 9, **used})
    assert found is not None
    assert found.cache_read == cached


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"code": "tool_use_failed", "type": "invalid_request_error"}, "tool_use_failed"),
        ({"code": 429, "message": "Slow down"}, "429"),
        ({"code": None, "type": "server_error"}, "server_error"),
        ({"message": "Some words"}, "_OTHER"),
        ("over_capacity", "over_capacity"),
        ("The model said something.", "_OTHER"),
        (True, "_OTHER"),
        (None, None),
        ("", None),
    ],
)
def test_an_error_in_a_good_answer_is_told_by_its_code_and_never_by_its_words(
    told: Any, kind: str | None
) -> None:
    assert openai_chat.response({"error": told}).error == kind
    assert openai_chat.response(streamed(delta(content="a"), {"error": told})).error == kind


def test_an_error_of_groqs_last_chunk_is_the_streams() -> None:
    assert openai_chat.response(streamed({"x_groq": {"error": "over_capacity"}})).error == "over_capacity"


def test_tools_that_the_provider_ran_are_parts_of_the_answer() -> None:
    message = {"role": "assistant", "content": "One.", "executed_tools": [RAN]}
    (found,) = openai_chat.output({"choices": [{"message": message, "finish_reason": "stop"}]})
    assert found.parts == PARTS


def test_tools_that_the_provider_ran_in_a_stream_are_told_once() -> None:
    begun = {name: RAN[name] for name in ("index", "type", "arguments")}
    value = streamed(delta(executed_tools=[begun]), delta(executed_tools=[RAN]), delta(content="One."))
    assert openai_chat.output(value)[0].parts == PARTS


def test_ranked_documents_have_their_texts_from_the_request_or_the_answer() -> None:
    body = {"model": "m", "query": "q", "documents": ["one", {"text": "two"}, {"title": "three"}]}
    results = [
        {"index": 1, "relevance_score": 0.9, "document": {}},
        {"index": 0, "relevance_score": 0.5, "document": {"text": "ONE"}},
        {"index": 2, "relevance_score": 0.1},
        {"index": 7, "document": {"text": "eight"}},
    ]
    assert rerank.request(body).model == "m"
    assert rerank.content(body).query == "q"
    assert rerank.documents(body, {"results": results}) == [
        Document("1", 0.9, "two"),
        Document("0", 0.5, "one"),
        Document("2", 0.1, None),
        Document("7", None, "eight"),
    ]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ({"prompt": "q"}, {"choices": [{"text": "a"}], "model": "palmyra-x5"}),
        ({"question": "q"}, {"question": "q", "answer": "a", "sources": []}),
        ({"inputs": [{"id": "i", "value": ["q"]}]}, {"title": "t", "suggestion": "a"}),
        ({"text": "q"}, {"data": "a"}),
    ],
)
def test_every_endpoint_of_writer_has_its_question_and_its_answer(body: Any, value: Any) -> None:
    assert writer_texts.content(body).input == [Message("user", [Text("q")])]
    assert writer_texts.output(value) == [Message("assistant", [Text("a")])]


@pytest.mark.parametrize(
    "chunk",
    [
        lambda piece: {"value": piece},
        lambda piece: {"delta": {"content": piece}},
        lambda piece: {"data": {"answer": piece}},
    ],
)
def test_every_stream_of_writer_is_joined(chunk: Any) -> None:
    kept = writer_texts.Chunks(content=True)
    for piece in ("a", "b"):
        kept.add(chunk(piece))
    assert writer_texts.output(kept.value()) == [Message("assistant", [Text("ab")])]


def test_no_ranking_makes_the_dialect_raise() -> None:
    @many
    @given(BODIES, JSONISH)
    def any_ranking(body: Any, value: Any) -> None:
        rerank.request(body)
        rerank.content(body)
        rerank.documents(body, value)

    any_ranking()


def test_recorded_streams_of_groq_and_together_tell_their_usage(recordings: Path) -> None:
    yaml = pytest.importorskip("yaml")
    counted = 0
    for place in ("groq/stream.yaml", "together/async_stream.yaml"):
        for each in yaml.safe_load((recordings / place).read_text("utf-8"))["interactions"]:
            lines = str(each["response"]["body"]["string"]).splitlines()
            chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
            told = chunks[-1].get("usage") or chunks[-1]["x_groq"]["usage"]
            used = openai_chat.response(streamed(*chunks)).usage
            assert used is not None
            assert (used.input, used.output) == (told["prompt_tokens"], told["completion_tokens"])
            counted += 1
    assert counted == 2
