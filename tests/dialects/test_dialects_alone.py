# SPDX-License-Identifier: Apache-2.0
"""Every dialect of OpenAI's API: it needs nothing but the standard library, and no JSON makes it raise."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import (
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_media,
    openai_responses,
    writer_texts,
)
from spanwright.semconv import content, render
from spanwright.semconv.model import Content, Inference

DIALECTS: list[Any] = [
    *(openai_chat, openai_completions, openai_responses, openai_embeddings, openai_media, writer_texts),
]
NAMES = [
    *(
        "id",
        "model",
        "choices",
        "usage",
        "index",
        "message",
        "delta",
        "text",
        "finish_reason",
        "role",
        "content",
    ),
    *(
        "tool_calls",
        "function_call",
        "function",
        "custom",
        "name",
        "arguments",
        "input",
        "type",
        "refusal",
        "audio",
    ),
    *(
        "transcript",
        "reasoning_content",
        "reasoning",
        "prompt_tokens",
        "prompt_tokens_details",
        "cached_tokens",
    ),
    *("input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details", "reasoning_tokens"),
    *(
        "status",
        "error",
        "code",
        "output",
        "response",
        "incomplete_details",
        "reason",
        "summary",
        "data",
        "url",
    ),
    *("b64_json", "messages", "tools", "functions", "instructions", "prompt", "stop", "n", "seed", "stream"),
    *("response_format", "modalities", "service_tier", "conversation", "image_url", "input_audio", "file"),
    *("file_id", "file_data", "file_url", "server_label", "dimensions", "encoding_format", "tool_call_id"),
    *(
        "x_groq",
        "executed_tools",
        "cached_tokens",
        "prompt_token_details",
        "results",
        "documents",
        "document",
    ),
    *("answer", "suggestion", "inputs", "value", "question"),
]
KINDS = st.sampled_from(
    [
        *(
            "function",
            "custom",
            "text",
            "image_url",
            "input_audio",
            "file",
            "message",
            "function_call",
            "reasoning",
        ),
        *("web_search_call", "mcp_call", "compaction", "function_call_output", "input_image", "input_file"),
        *("response.created", "response.completed", "response.output_text.delta", "error", "refusal", "tool"),
        *("id", "type", "name", "arguments", "data:image/png;base64,AA", "{}", '{"x": 1}', "["),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | KINDS
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
BODIES = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), JSONISH, max_size=6)
many = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def test_dialects_import_neither_telemetry_nor_a_library() -> None:
    """So that they are tested from JSON alone, and cost nothing to load."""
    program = """
import sys
from spanwright.instrumentors._dialects import (
    openai_chat, openai_completions, openai_embeddings, openai_media, openai_responses, rerank, writer_texts
)
loaded = {name.partition(".")[0] for name in sys.modules}
print(sorted(loaded & {"opentelemetry", "openai", "wrapt", "pydantic"}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_request_makes_a_dialect_raise(dialect: Any) -> None:
    @many
    @given(BODIES)
    def any_request(body: Any) -> None:
        subject = Inference(request=dialect.request(body), content=dialect.content(body))
        dialect.refinements(body)
        render.start(subject)
        content.structured(subject)

    any_request()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_answer_makes_a_dialect_raise(dialect: Any) -> None:
    @many
    @given(JSONISH)
    def any_answer(value: Any) -> None:
        subject = Inference(response=dialect.response(value), content=Content(output=dialect.output(value)))
        dialect.answered_refinements(value)
        render.finish(subject)
        content.structured(subject)

    any_answer()


@pytest.mark.parametrize("dialect", [each for each in DIALECTS if hasattr(each, "Chunks")])
def test_no_stream_makes_a_dialect_raise(dialect: Any) -> None:
    @many
    @given(st.lists(JSONISH, max_size=5), st.booleans())
    def any_stream(chunks: list[Any], with_content: bool) -> None:
        kept = dialect.Chunks(content=with_content)
        for chunk in chunks:
            kept.add(chunk)
        value = kept.value()
        dialect.output(value)
        render.finish(Inference(response=dialect.response(value)))

    any_stream()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reading_changes_nothing(dialect: Any) -> None:
    @many
    @given(BODIES)
    def any_body(body: Any) -> None:
        before = repr(body)
        dialect.request(body)
        dialect.content(body)
        dialect.response(body)
        dialect.output(body)
        if hasattr(dialect, "Chunks"):
            kept = dialect.Chunks(content=True)
            kept.add(body)
            kept.value()
        assert repr(body) == before

    any_body()


def test_iterators_are_not_consumed() -> None:
    """A body that never went through the SDK may hold one; it is not ours to read."""
    messages, tools = iter([{"role": "user", "content": "Hello"}]), iter([{"type": "function"}])
    body = {"messages": messages, "input": messages, "tools": tools, "prompt": messages}
    for dialect in DIALECTS:
        dialect.request(body)
        dialect.content(body)
    assert len(list(messages)) == 1
    assert len(list(tools)) == 1
