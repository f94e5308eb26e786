# SPDX-License-Identifier: Apache-2.0
"""Google's dialects, from JSON alone: requests, answers and streams of content, embeddings, pictures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recordings.tape import OK, interactions
from spanwright.instrumentors._dialects import (
    gemini_content,
    gemini_embeddings,
    gemini_media,
)
from spanwright.semconv.model import (
    Blob,
    Generic,
    Message,
    Reasoning,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)


def chunk(*parts: Any, **told: Any) -> dict[str, Any]:
    """Return a chunk of a stream with one candidate."""
    return {"candidates": [{"content": {"parts": list(parts), "role": "model"}, **told}]}


def joined(chunks: list[Any], *, capture: bool = True, text: bool = True) -> dict[str, Any]:
    """Return what a stream of chunks makes up."""
    kept = gemini_content.Chunks(content=capture)
    for each in chunks:
        kept.add(json.dumps(each) if text else each)
    return kept.value()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "error"),
        ("CONTINUATION", "length"),
        ("SOMETHING_NEW", "something_new"),
    ],
)
def test_a_reason_is_told_in_the_words_of_the_conventions(reason: str, told: str) -> None:
    answer = chunk({"text": "Hi"}, finishReason=reason)
    assert gemini_content.response(answer).finish_reasons == [told]


@pytest.mark.parametrize("reason", [None, "FINISH_REASON_UNSPECIFIED", 1])
def test_no_reason_is_none(reason: Any) -> None:
    assert gemini_content.response(chunk({"text": "Hi"}, finishReason=reason)).finish_reasons is None


def test_a_candidate_that_calls_a_function_ends_for_that() -> None:
    answer = chunk({"functionCall": {"name": "f"}}, finishReason="STOP")
    assert gemini_content.response(answer).finish_reasons == ["tool_call"]


def test_each_candidate_has_a_reason() -> None:
    answer = {"candidates": [{"finishReason": "STOP", "index": 0}, {"index": 1}]}
    assert gemini_content.response(answer).finish_reasons == ["stop", "error"]


def test_a_blocked_prompt_was_filtered() -> None:
    answer = {"promptFeedback": {"blockReason": "SAFETY"}}
    assert gemini_content.response(answer).finish_reasons == ["content_filter"]


def test_parts_of_every_kind_are_read() -> None:
    parts: list[Any] = [
        {"text": "a thought", "thought": True},
        {"text": "words", "thoughtSignature": "AA=="},
        {"text": ""},
        {"thoughtSignature": "AA=="},
        {"functionCall": {"name": "f", "id": "1", "args": {"x": 1}}},
        {"functionResponse": {"name": "f", "id": "1", "response": {"result": 2}}},
        {"inlineData": {"mimeType": "image/png", "data": "AA=="}},
        {"inline_data": None, "fileData": {"mime_type": "application/pdf", "file_uri": "gs://a/b"}},
        {"executableCode": {"language": "PYTHON", "code": "1 + 1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
        {"somethingNew": {"a": 1}},
    ]
    (message,) = gemini_content.content({"contents": [{"role": "user", "parts": parts}]}).input
    assert message.parts == [
        Reasoning("a thought"),
        Text("words"),
        ToolCall("f", "1", {"x": 1}),
        ToolResponse({"result": 2}, "1"),
        Blob("image", "AA==", "image/png"),
        Uri("document", "gs://a/b", "application/pdf"),
        ServerToolCall("code_execution", {"type": "code_execution", "language": "PYTHON", "code": "1 + 1"}),
        ServerToolResponse({"type": "code_execution", "outcome": "OUTCOME_OK", "output": "2"}),
        Generic("somethingNew", {"somethingNew": {"a": 1}}),
    ]


def test_roles_are_told_in_the_words_of_the_conventions() -> None:
    body = {
        "contents": [
            {"parts": [{"text": "no role"}]},
            {"role": "model", "parts": [{"text": "mine"}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {}}}]},
        ]
    }
    assert [each.role for each in gemini_content.content(body).input] == ["user", "assistant", "tool"]


def test_tools_are_named() -> None:
    tools = [{"functionDeclarations": [{"name": "f", "description": "long"}]}, {"googleSearch": {}}]
    assert gemini_content.content({"tools": tools}).tools == [Tool("f"), Tool("googleSearch", "googleSearch")]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({}, None),
        ({"responseMimeType": "application/json"}, "json"),
        ({"responseMimeType": "text/plain"}, "text"),
        ({"responseModalities": ["TEXT"]}, "text"),
        ({"responseModalities": ["TEXT", "IMAGE"]}, "image"),
        ({"responseModalities": ["AUDIO"]}, "speech"),
    ],
)
def test_what_is_wanted_is_told(config: dict[str, Any], told: str | None) -> None:
    assert gemini_content.request({"generationConfig": config}).output_type == told


@pytest.mark.parametrize(
    ("thinking", "told"),
    [
        ({"thinkingLevel": "HIGH"}, "high"),
        ({"thinking_level": "LOW"}, "low"),
        ({"thinkingLevel": "THINKING_LEVEL_UNSPECIFIED"}, None),
        ({"thinkingBudget": 100}, None),
    ],
)
def test_a_level_of_thinking_is_a_word(thinking: dict[str, Any], told: str | None) -> None:
    body = {"generationConfig": {"thinkingConfig": thinking}}
    assert gemini_content.request(body).reasoning_level == told


def test_counts_beside_the_main_ones_are_added() -> None:
    told = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 3,
        "candidatesTokenCount": 5,
        "thoughtsTokenCount": 7,
    }
    assert gemini_content.usage(told) == Usage(input=13, output=12, reasoning=7)


@pytest.mark.parametrize("text", [True, False], ids=["text", "parsed"])
@pytest.mark.parametrize("capture", [True, False], ids=["content", "facts"])
def test_a_stream_has_the_facts_of_its_answer(text: bool, capture: bool) -> None:
    head = {"modelVersion": "m-1", "responseId": "r-1"}
    chunks = [
        {**chunk({"text": "a"}), **head, "usageMetadata": {"promptTokenCount": 4}},
        {**chunk({"functionCall": {"name": "f"}}), **head},
        {
            **chunk({"text": ""}, finishReason="STOP"),
            **head,
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2},
        },
    ]
    found = gemini_content.response(joined(chunks, capture=capture, text=text))
    assert (found.id, found.model, found.finish_reasons) == ("r-1", "m-1", ["tool_call"])
    assert found.usage == Usage(input=3, output=2)


@pytest.mark.parametrize("text", [True, False], ids=["text", "parsed"])
def test_texts_of_a_stream_are_joined_and_thoughts_kept_apart(text: bool) -> None:
    chunks = [
        chunk({"text": "Let ", "thought": True}),
        chunk({"text": "me see.", "thought": True}),
        chunk({"text": "It "}),
        chunk({"text": "is mild."}, {"functionCall": {"name": "f", "args": {}}}, finishReason="STOP"),
    ]
    assert gemini_content.output(joined(chunks, text=text)) == [
        Message(
            "assistant",
            [Reasoning("Let me see."), Text("It is mild."), ToolCall("f", None, {})],
            finish_reason="tool_call",
        )
    ]


def test_candidates_of_a_stream_are_kept_apart() -> None:
    chunks = [
        {"candidates": [{"content": {"parts": [{"text": "a"}]}, "index": 1, "finishReason": "STOP"}]},
        {"candidates": [{"content": {"parts": [{"text": "b"}]}, "finishReason": "MAX_TOKENS"}]},
    ]
    found = gemini_content.output(joined(chunks))
    assert [(each.parts, each.finish_reason) for each in found] == [
        ([Text("b")], "length"),
        ([Text("a")], "stop"),
    ]


def test_a_chunk_that_the_sdk_changes_later_is_told_as_it_came() -> None:
    used = {"promptTokenCount": 4, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 4}]}
    kept = gemini_content.Chunks(content=False)
    kept.add({"usageMetadata": used})
    used.clear()
    assert gemini_content.response(kept.value()).usage == Usage(input=4, text_input=4)


def test_a_stream_without_content_keeps_no_chunks() -> None:
    kept = gemini_content.Chunks(content=False)
    for _ in range(1_000):
        kept.add(json.dumps(chunk({"text": "a"})))
    assert kept._chunks is None


def test_an_error_in_a_stream_is_told() -> None:
    found = joined([chunk({"text": "a"}), {"error": {"code": 503, "status": "UNAVAILABLE"}}])
    assert gemini_content.response(found).error == "UNAVAILABLE"


@pytest.mark.parametrize(
    "body",
    [
        {"requests": [{"outputDimensionality": 8}, {"outputDimensionality": 8}]},
        {"parameters": {"outputDimensionality": 8}},
        {"outputDimensionality": 8},
        {"embedContentConfig": {"outputDimensionality": 8}},
    ],
)
def test_the_size_of_an_embedding_is_told(body: dict[str, Any]) -> None:
    assert gemini_embeddings.request(body).extra == {"gen_ai.embeddings.dimension.count": 8}


def test_tokens_of_embeddings_are_added() -> None:
    each = {"embeddings": {"values": [0.1], "statistics": {"token_count": 2.0}}}
    assert gemini_embeddings.response({"predictions": [each, each, {}]}).usage == Usage(input=4)


def test_a_filtered_picture_says_why() -> None:
    (message,) = gemini_media.output({"predictions": [{"raiFilteredReason": "unsafe"}]})
    assert message.finish_reason == "content_filter"
    assert message.parts == [Generic("refusal", {"content": "unsafe"})]


@pytest.mark.parametrize(
    "tape",
    [each for each in interactions("google-genai", "google-adk") if "enerateContent" in each.uri],
    ids=str,
)
def test_recorded_bodies_are_read_whole(tape: Any) -> None:
    asked, _ = tape.asked
    told = gemini_content.content(asked)
    assert len(told.input) == len(asked["contents"])
    assert all(each.parts for each in told.input)
    if tape.status != OK:
        return
    if "alt=sse" in tape.uri:
        answer = joined(tape.events)
        words = "".join(
            part.get("text", "")
            for event in tape.events
            for part in event["candidates"][0]["content"].get("parts", ())
        )
    else:
        answer = json.loads(tape.text)
        words = "".join(part.get("text", "") for part in answer["candidates"][0]["content"]["parts"])
    found = gemini_content.response(answer)
    last = (tape.events if "alt=sse" in tape.uri else [answer])[-1]["usageMetadata"]
    assert found.usage is not None
    assert (found.usage.input or 0) + (found.usage.output or 0) == last["totalTokenCount"]
    (message,) = gemini_content.output(answer)
    assert "".join(each.content for each in message.parts if isinstance(each, (Text, Reasoning))) == words
