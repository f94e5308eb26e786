# SPDX-License-Identifier: Apache-2.0
"""Google's dialects, from JSON alone: requests, answers and streams of content, embeddings, pictures, interactions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.tape import OK, interactions
from spanwright.instrumentors._dialects import (
    gemini_content,
    gemini_embeddings,
    gemini_interactions,
    gemini_media,
)
from spanwright.semconv import content, render
from spanwright.semconv.model import (
    Blob,
    Content,
    Generic,
    Inference,
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

DIALECTS: list[Any] = [gemini_content, gemini_interactions, gemini_embeddings, gemini_media]
STREAMED: list[Any] = [gemini_content, gemini_interactions]
many = settings(max_examples=150, deadline=None, derandomize=True, database=None)
NAMES = """candidates content parts text thought functionCall functionResponse inlineData fileData name args id
finishReason index usageMetadata promptTokenCount candidatesTokenCount thoughtsTokenCount promptTokensDetails modality
tokenCount modelVersion responseId promptFeedback blockReason error status generationConfig responseMimeType
responseModalities thinkingConfig systemInstruction contents tools functionDeclarations role mimeType data fileUri
requests instances predictions embeddings statistics token_count parameters outputDimensionality prompt image
bytesBase64Encoded gcsUri event_type interaction step delta type metadata total_usage usage steps outputs input
system_instruction generation_config thinking_level response_format summary arguments result call_id
total_input_tokens input_tokens_by_modality tokens raw""".split()
WORDS = """TEXT IMAGE STOP SAFETY user model text thought model_output user_input function_call function_result
google_search_call google_search_result thought_summary arguments_delta step.start step.delta interaction.created
interaction.completed error UNKNOWN completed failed requires_action application/json image/png""".split()
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(WORDS)
    | st.binary(max_size=3)
)
JSONISH = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=5)
        | st.tuples(inner)
    ),
    max_leaves=20,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), JSONISH, max_size=6)


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
    ("status", "told"),
    [
        ("completed", ["stop"]),
        ("requires_action", ["tool_call"]),
        ("incomplete", ["length"]),
        ("requires_continuation", ["length"]),
        ("failed", ["error"]),
        ("in_progress", None),
        (None, None),
    ],
)
def test_the_status_of_an_interaction_is_its_reason(status: Any, told: Any) -> None:
    assert gemini_interactions.response({"status": status}).finish_reasons == told


def test_steps_and_the_older_outputs_are_read_alike() -> None:
    steps = [
        {"type": "thought", "summary": [{"type": "text", "text": "hm"}]},
        {"type": "model_output", "content": [{"type": "text", "text": "words"}]},
        {"type": "google_search_call", "id": "1", "arguments": {"queries": ["x"]}},
        {"type": "google_search_result", "call_id": "1", "result": []},
    ]
    outputs = [steps[0], {"type": "text", "text": "words"}, *steps[2:]]
    told = [
        Reasoning("hm"),
        Text("words"),
        ServerToolCall("google_search", {"type": "google_search_call", "arguments": {"queries": ["x"]}}, "1"),
        ServerToolResponse({"type": "google_search_result", "result": []}, "1"),
    ]
    for answer in ({"steps": steps}, {"outputs": outputs}):
        (message,) = gemini_interactions.output({**answer, "status": "completed"})
        assert message.parts == told


def test_contents_that_stand_alone_are_one_message() -> None:
    body = {"input": [{"type": "text", "text": "What is it?"}, {"type": "image", "uri": "gs://a/b"}]}
    assert gemini_interactions.content(body).input == [
        Message("user", [Text("What is it?"), Uri("image", "gs://a/b")])
    ]


def test_turns_of_the_older_form_are_read() -> None:
    body = {"input": [{"role": "user", "content": "Hi"}, {"role": "model", "content": [{"text": "Yes?"}]}]}
    assert gemini_interactions.content(body).input == [
        Message("user", [Text("Hi")]),
        Message("assistant", [Text("Yes?")]),
    ]


def test_an_interaction_that_is_cut_has_its_counts_so_far() -> None:
    kept = gemini_interactions.Chunks(content=False)
    kept.add({"event_type": "interaction.created", "interaction": {"id": "v1", "status": "in_progress"}})
    kept.add({"event_type": "step.delta", "metadata": {"total_usage": {"total_input_tokens": 3}}})
    found = gemini_interactions.response(kept.value())
    assert (found.id, found.usage) == ("v1", Usage(input=3))


def test_an_error_event_is_a_failure() -> None:
    kept = gemini_interactions.Chunks(content=False)
    kept.add({"event_type": "error", "error": {"code": "internal", "message": "SECRET"}})
    assert gemini_interactions.response(kept.value()).error == "internal"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_request_makes_a_google_dialect_raise(dialect: Any) -> None:
    @many
    @given(BODIES)
    def any_request(body: Any) -> None:
        before = repr(body)
        subject = Inference(request=dialect.request(body), content=dialect.content(body))
        render.start(subject)
        content.structured(subject)
        assert repr(body) == before

    any_request()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_answer_makes_a_google_dialect_raise(dialect: Any) -> None:
    @many
    @given(JSONISH)
    def any_answer(value: Any) -> None:
        before = repr(value)
        subject = Inference(response=dialect.response(value), content=Content(output=dialect.output(value)))
        render.finish(subject)
        content.structured(subject)
        assert repr(value) == before

    any_answer()


@pytest.mark.parametrize("dialect", STREAMED)
def test_no_stream_makes_a_google_dialect_raise(dialect: Any) -> None:
    @many
    @given(st.lists(JSONISH, max_size=5), st.booleans())
    def any_stream(chunks: list[Any], capture: bool) -> None:
        kept = dialect.Chunks(content=capture)
        for each in chunks:
            kept.add(each)
        value = kept.value()
        subject = Inference(response=dialect.response(value), content=Content(output=dialect.output(value)))
        render.finish(subject)
        content.structured(subject)

    any_stream()


def test_iterators_are_not_consumed_by_google_dialects() -> None:
    given_once = iter([{"parts": [{"text": "Hi"}]}])
    body = {"contents": given_once, "input": given_once, "tools": given_once, "instances": given_once}
    for dialect in DIALECTS:
        dialect.request(body)
        dialect.content(body)
    assert len(list(given_once)) == 1


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
