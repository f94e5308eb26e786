# SPDX-License-Identifier: Apache-2.0
"""Cohere's wire and reranking, read from JSON alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import (
    cohere_chat,
    cohere_chat_v1,
    cohere_embed,
    cohere_generate,
    cohere_usage,
    rerank,
)
from spanwright.semconv import content, render
from spanwright.semconv.model import (
    Document,
    Generic,
    Inference,
    Message,
    Reasoning,
    Retrieval,
    Text,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
SPEAKING: list[Any] = [cohere_chat, cohere_chat_v1, cohere_generate]


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("ERROR_LIMIT", "length"),
        ("TOOL_CALL", "tool_call"),
        ("ERROR_TOXIC", "content_filter"),
        ("ERROR", "error"),
        ("TIMEOUT", "error"),
        ("USER_CANCEL", "user_cancel"),
        (None, None),
        (7, None),
    ],
)
def test_a_finish_reason_is_told_in_the_conventions_words(reason: Any, word: str | None) -> None:
    assert cohere_usage.finish(reason) == word


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        ({"billed_units": {"input_tokens": 3.0, "output_tokens": 4.0}}, Usage(3, 4)),
        ({"tokens": {"input_tokens": 3, "output_tokens": 4}, "cached_tokens": 2}, Usage(3, 4, 2)),
        ({"billed_units": {"output_tokens": 4}, "tokens": {"input_tokens": 9}}, Usage(9, 4)),
        ({"billed_units": {"input_tokens": 3}, "cached_tokens": 9}, Usage(3)),
        ({"tokens": {"input_tokens": -1, "output_tokens": -1}}, None),
        ({"billed_units": {"search_units": 1}}, None),
        ({"billed_units": None, "tokens": "odd"}, None),
        (None, None),
    ],
)
def test_billed_tokens_come_before_seen_ones(told: Any, usage: Usage | None) -> None:
    assert cohere_usage.usage(told) == usage


def test_images_are_billed_apart() -> None:
    told = {"meta": {"billed_units": {"images": 1, "input_tokens": 0, "image_tokens": 9}}}
    assert cohere_embed.response(told).usage == Usage(9)


def test_parts_of_every_kind_are_read() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://images.test/1.png"}}
    said = cohere_chat.message(
        {
            "role": "user",
            "content": [{"type": "text", "text": "a"}, image, "b", {"type": "thinking", "thinking": "c"}, 5],
        }
    )
    assert said.parts == [
        Text("a"),
        Uri("image", "https://images.test/1.png"),
        Text("b"),
        Reasoning("c"),
        Generic("unknown", 5),
    ]


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ('{"a":1}', {"a": 1}),
        ([{"type": "text", "text": "x"}, {"type": "text", "text": "y"}], "xy"),
        ([{"type": "document", "document": {"data": "d"}}], [{"data": "d"}]),
    ],
)
def test_a_tools_answer_is_read_in_every_form(held: Any, told: Any) -> None:
    read = cohere_chat.message({"role": "tool", "tool_call_id": "t", "content": held})
    assert read.parts == [ToolResponse(told, "t")]


def test_a_history_of_version_1_keeps_its_roles() -> None:
    history = [
        {"role": "USER", "message": "a"},
        {"role": "CHATBOT", "message": "b", "tool_calls": [{"name": "t", "parameters": {"x": 1}}]},
        {"role": "SYSTEM", "message": "c"},
        {"role": "TOOL", "tool_results": [{"call": {"name": "t"}, "outputs": [{"y": 2}]}]},
    ]
    assert cohere_chat_v1.content({"chat_history": history}).input == [
        Message("user", [Text("a")]),
        Message("assistant", [Text("b"), ToolCall("t", None, {"x": 1})]),
        Message("system", [Text("c")]),
        Message("tool", [ToolResponse([{"y": 2}])]),
    ]


def test_a_stream_of_version_1_without_its_end_tells_what_came() -> None:
    chunks = cohere_chat_v1.Chunks(content=True)
    for event in (
        {"event_type": "stream-start", "generation_id": "g"},
        {"event_type": "text-generation", "text": "a"},
        {"event_type": "text-generation", "text": "b"},
        {"event_type": "tool-calls-generation", "tool_calls": [{"name": "t", "parameters": {}}]},
        {"event_type": "citation-generation", "citations": [{"start": 0}]},
    ):
        chunks.add(event)
    value = chunks.value()
    assert cohere_chat_v1.response(value).id == "g"
    assert cohere_chat_v1.output(value) == [
        Message(
            "assistant",
            [Text("ab"), ToolCall("t", None, {}), Generic("citations", {"citations": [{"start": 0}]})],
        )
    ]


def test_facts_alone_keep_no_content() -> None:
    chunks = cohere_chat.Chunks(content=False)
    chunks.add({"type": "message-start", "id": "1"})
    chunks.add({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "a"}}}})
    assert cohere_chat.output(chunks.value()) == []


@pytest.mark.parametrize("name", ["results", "data"])
def test_ranked_documents_are_found_by_their_index(name: str) -> None:
    body = {"query": "q", "documents": ["a", {"id": "d", "text": "b"}]}
    told = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 1}, {"index": 7}, "odd"]
    assert rerank.documents(body, {name: told}) == [
        Document("d", 0.9, "b"),
        Document("0", 1.0, "a"),
        Document("7"),
        Document(),
    ]


@pytest.mark.parametrize(
    ("body", "top"), [({"top_n": 2}, 2), ({"top_k": 3}, 3), ({"top_n": "x"}, None), ({}, None)]
)
def test_both_names_of_the_limit_are_known(body: Any, top: int | None) -> None:
    assert rerank.top(body) == top


# --- odd data

NAMES = [
    *(
        "id",
        "message",
        "messages",
        "finish_reason",
        "usage",
        "meta",
        "tokens",
        "billed_units",
        "input_tokens",
    ),
    *(
        "cached_tokens",
        "content",
        "type",
        "text",
        "thinking",
        "tool_calls",
        "tool_plan",
        "citations",
        "tools",
    ),
    *(
        "function",
        "name",
        "arguments",
        "index",
        "delta",
        "results",
        "relevance_score",
        "event_type",
        "response",
    ),
    *("generation_id", "generations", "classifications", "role", "document", "documents", "chat_history"),
    *(
        "parameters",
        "tool_results",
        "outputs",
        "query",
        "top_n",
        "stop_sequences",
        "response_format",
        "inputs",
    ),
]
KINDS = [
    *(
        "message-start",
        "message-end",
        "content-delta",
        "tool-plan-delta",
        "tool-call-start",
        "tool-call-delta",
    ),
    *("citation-start", "stream-start", "stream-end", "text-generation", "tool-calls-generation", "text"),
    *("thinking", "image_url", "tool", "USER", "ERROR", "COMPLETE", "document"),
]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(KINDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), ODD, max_size=6)
many = settings(max_examples=150, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize("dialect", SPEAKING)
def test_no_request_makes_a_dialect_raise(dialect: Any) -> None:
    @many
    @given(BODIES)
    def any_request(body: Any) -> None:
        subject = Inference(request=dialect.request(body), content=dialect.content(body))
        render.start(subject)
        content.structured(subject)

    any_request()


@pytest.mark.parametrize("dialect", SPEAKING)
def test_no_answer_makes_a_dialect_raise(dialect: Any) -> None:
    @many
    @given(ODD)
    def any_answer(value: Any) -> None:
        subject = Inference(response=dialect.response(value))
        subject.content = dialect.content({})
        subject.content.output = dialect.output(value)
        render.finish(subject)
        content.structured(subject)

    any_answer()


@pytest.mark.parametrize("dialect", SPEAKING)
def test_no_stream_makes_a_dialect_raise(dialect: Any) -> None:
    @many
    @given(st.lists(ODD, max_size=5))
    def any_stream(events: Any) -> None:
        chunks = dialect.Chunks(content=True)
        for event in events:
            chunks.add(event)
        dialect.response(chunks.value())
        dialect.output(chunks.value())

    any_stream()


@many
@given(BODIES, ODD)
def test_no_ranking_and_no_embedding_makes_a_dialect_raise(body: Any, value: Any) -> None:
    subject = Retrieval(request=rerank.request(body), top_k=rerank.top(body), content=rerank.content(body))
    assert subject.content is not None
    subject.content.documents = rerank.documents(body, value)
    render.start(subject)
    content.structured(subject)
    cohere_embed.request(body)
    cohere_embed.response(value)


# --- recordings


@pytest.fixture
def bodies() -> dict[str, str]:
    """Return the recorded answers by the name of their file."""
    if not RECORDINGS.is_dir():
        pytest.skip("the folder of real recordings is not there")
    return {
        path.stem: yaml.safe_load(path.read_text())["interactions"][0]["response"]["body"]["string"]
        for path in (RECORDINGS / "cohere").glob("*.yaml")
    }


def test_a_recorded_answer_with_reasoning_is_read(bodies: dict[str, str]) -> None:
    value = json.loads(bodies["reasoning_tool_call"])
    read = cohere_chat.response(value)
    assert (read.usage, read.finish_reasons) == (Usage(80, 301), ["tool_call"])
    (said,) = cohere_chat.output(value)
    assert [type(part) for part in said.parts] == [Reasoning, ToolCall]
    assert said.parts[1].arguments == {"location": "Osaka"}


def test_a_recorded_stream_is_put_together(bodies: dict[str, str]) -> None:
    chunks = cohere_chat.Chunks(content=True)
    for line in bodies["stream_tool_call"].splitlines():
        if line.startswith("data: {"):
            chunks.add(json.loads(line[6:]))
    value = chunks.value()
    read = cohere_chat.response(value)
    assert (read.usage, read.finish_reasons) == (Usage(23, 41), ["tool_call"])
    (said,) = cohere_chat.output(value)
    plan, call = said.parts
    assert plan.content.startswith("I will use the Person tool")
    assert (call.name, call.arguments) == ("Person", {"name": "Erick", "age": 27})


def test_a_recorded_embedding_is_read(bodies: dict[str, str]) -> None:
    assert cohere_embed.response(json.loads(bodies["embed"])).usage == Usage(2)


def test_a_recorded_ranking_is_read(bodies: dict[str, str]) -> None:
    found = rerank.documents({"documents": ["a", "b"]}, json.loads(bodies["rerank"]))
    assert found == [Document("0", 0.10415817, "a"), Document("1", 0.0872602, "b")]
