# SPDX-License-Identifier: Apache-2.0
"""Google's dialects: no JSON makes them raise, and they change and consume nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import (
    gemini_content,
    gemini_embeddings,
    gemini_interactions,
    gemini_media,
)
from spanwright.semconv import content, render
from spanwright.semconv.model import Content, Inference

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
