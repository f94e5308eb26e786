# SPDX-License-Identifier: Apache-2.0
"""Bedrock's Converse, read from JSON alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.tape import Interaction, interactions
from spanwright.instrumentors._dialects import bedrock_converse
from spanwright.semconv.model import (
    Blob,
    Generic,
    Message,
    Part,
    Reasoning,
    Request,
    ServerToolCall,
    ServerToolResponse,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    Uri,
    Usage,
)
from wires.frames import decoded, encoded

TAPES = interactions("bedrock")
WHOLE: dict[str, Any] = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "s"}}},
                {"text": "Both."},
                {"toolUse": {"toolUseId": "a", "name": "f", "input": {"x": 1}}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": {
        "inputTokens": 9,
        "outputTokens": 5,
        "totalTokens": 21,
        "cacheReadInputTokens": 4,
        "cacheWriteInputTokens": 3,
    },
    "trace": {"promptRouter": {"invokedModelId": "amazon.nova-lite-v1:0"}},
}


def delta(index: int, **told: Any) -> dict[str, Any]:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": told}}


EVENTS: list[dict[str, Any]] = [
    {"messageStart": {"role": "assistant"}},
    delta(0, reasoningContent={"text": "H"}),
    delta(0, reasoningContent={"text": "m."}),
    delta(0, reasoningContent={"signature": "s"}),
    {"contentBlockStop": {"contentBlockIndex": 0}},
    delta(1, text="Bo"),
    delta(1, text="th."),
    {"contentBlockStart": {"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "a", "name": "f"}}}},
    delta(2, toolUse={"input": ""}),
    delta(2, toolUse={"input": '{"x"'}),
    delta(2, toolUse={"input": ":1}"}),
    {"messageStop": {"stopReason": "tool_use"}},
    {"metadata": {"usage": WHOLE["usage"], "trace": WHOLE["trace"]}},
]


def kept(events: list[Any], *, content: bool) -> dict[str, Any]:
    chunks = bedrock_converse.Chunks(content=content)
    for event in events:
        chunks.add(event)
    return chunks.value()


def test_a_streamed_answer_has_the_facts_of_an_unstreamed_one() -> None:
    assert bedrock_converse.response(kept(EVENTS, content=False)) == bedrock_converse.response(WHOLE)


def test_a_streamed_answer_has_the_content_of_an_unstreamed_one() -> None:
    assert bedrock_converse.output(kept(EVENTS, content=True)) == bedrock_converse.output(WHOLE)


def test_the_answer_is_read() -> None:
    assert bedrock_converse.output(WHOLE) == [
        Message(
            "assistant",
            [Reasoning("Hm."), Text("Both."), ToolCall("f", "a", {"x": 1})],
            finish_reason="tool_call",
        )
    ]


def test_facts_alone_keep_no_content() -> None:
    assert "Both." not in json.dumps(kept(EVENTS, content=False))


def test_cached_tokens_are_counted_in_the_input() -> None:
    assert bedrock_converse.usage(WHOLE["usage"]) == Usage(input=16, output=5, cache_read=4, cache_write=3)


def test_pieces_of_a_text_that_are_numbered_apart_are_one_text() -> None:
    """As Nova numbers them."""
    assert bedrock_converse.output(kept([delta(0, text="One "), delta(1, text="text.")], content=True)) == [
        Message("assistant", [Text("One text.")])
    ]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_call"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_tool_use", "error"),
        ("something_new", "something_new"),
    ],
)
def test_the_reason_to_stop_is_told_in_the_conventions_words(reason: str, told: str) -> None:
    assert bedrock_converse.response({"stopReason": reason}).finish_reasons == [told]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"modelId": "m"}, Request(model="m")),
        ({"inferenceConfig": {"maxTokens": 1, "topP": 0.5}}, Request(max_tokens=1, top_p=0.5)),
        # The body of a Nova invocation, in its newer and its older words.
        ({"inferenceConfig": {"max_new_tokens": 1, "topK": 2}}, Request(max_tokens=1, top_k=2)),
        ({"additionalModelRequestFields": {"top_k": 3}}, Request(top_k=3)),
        ({"additionalModelRequestFields": {"inferenceConfig": {"topK": 3}}}, Request(top_k=3)),
        ({"outputConfig": {"textFormat": {"type": "json_schema"}}}, Request(output_type="json")),
        (
            {"guardrailConfig": {"guardrailIdentifier": "g"}},
            Request(extra={"aws.bedrock.guardrail.id": "g"}),
        ),
    ],
)
def test_what_is_asked_for_is_read(body: Any, told: Request) -> None:
    assert bedrock_converse.request(body) == told


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"text": "Hello"}, Text("Hello")),
        ({"image": {"format": "png", "source": {"bytes": b"1"}}}, Blob("image", b"1", "image/png")),
        (
            {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://b/v.mp4"}}}},
            Uri("video", "s3://b/v.mp4", "video/mp4"),
        ),
        (
            {"document": {"format": "pdf", "source": {"bytes": b"1"}}},
            Blob("document", b"1", "application/pdf"),
        ),
        ({"document": {"format": "txt", "source": {"text": "Told."}}}, Text("Told.")),
        ({"guardContent": {"text": {"text": "Watched."}}}, Text("Watched.")),
        ({"citationsContent": {"content": [{"text": "a"}, {"text": "b"}]}}, Text("ab")),
        ({"reasoningContent": {"redactedContent": b"x"}}, Generic("redacted_reasoning", {})),
        (
            {"toolUse": {"toolUseId": "a", "name": "f", "input": {}, "type": "server_tool_use"}},
            ServerToolCall("f", {"type": "server_tool_use", "input": {}}, "a"),
        ),
        (
            {"toolResult": {"toolUseId": "a", "content": [{"json": {"x": 1}}]}},
            ToolResponse({"x": 1}, "a"),
        ),
        (
            {"toolResult": {"toolUseId": "a", "content": [{"text": "one "}, {"text": "two"}]}},
            ToolResponse("one two", "a"),
        ),
        (
            {"toolResult": {"toolUseId": "a", "content": [{"text": "one"}, {"image": {"format": "png"}}]}},
            ToolResponse(["one", {"type": "image"}], "a"),
        ),
        (
            {"toolResult": {"toolUseId": "a", "type": "web", "content": [{"text": "one"}]}},
            ServerToolResponse({"type": "web", "content": ["one"]}, "a"),
        ),
        ({"hologram": {"depth": 3}}, Generic("hologram", {"hologram": {"depth": 3}})),
    ],
)
def test_every_known_block_is_read(block: Any, part: Part) -> None:
    assert bedrock_converse.message({"role": "user", "content": [block]}).parts == [part]


def test_a_cache_point_says_nothing() -> None:
    body = {
        "system": [{"text": "Be kind."}, {"cachePoint": {"type": "default"}}],
        "toolConfig": {"tools": [{"toolSpec": {"name": "f"}}, {"cachePoint": {"type": "default"}}]},
    }
    found = bedrock_converse.content(body)
    assert found.system == [Text("Be kind.")]
    assert found.tools == [Tool("f")]


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "output",
                        "message",
                        "content",
                        "role",
                        "text",
                        "toolUse",
                        "toolResult",
                        "name",
                        "json",
                    ),
                    *("contentBlockDelta", "contentBlockStart", "contentBlockIndex", "delta", "start"),
                    *("messageStop", "metadata", "usage", "inputTokens", "reasoningContent", "stopReason"),
                    *(
                        "image",
                        "source",
                        "bytes",
                        "system",
                        "toolConfig",
                        "tools",
                        "inferenceConfig",
                        "trace",
                    ),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(value=ODD)
def test_nothing_odd_is_raised(value: Any) -> None:
    chunks = bedrock_converse.Chunks(content=True)
    chunks.add(value)
    bedrock_converse.output(chunks.value())
    bedrock_converse.response(value)
    bedrock_converse.output(value)
    body = value if isinstance(value, dict) else {}
    bedrock_converse.request(body)
    bedrock_converse.content(body)


@pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")
@pytest.mark.parametrize("tape", [each for each in TAPES if each.uri.endswith("/converse")], ids=str)
def test_a_recorded_answer_is_read(tape: Interaction) -> None:
    body = json.loads(tape.body)
    used = bedrock_converse.response(body).usage
    assert used is not None
    assert (used.input or 0) + (used.output or 0) == body["usage"]["totalTokens"]
    assert bedrock_converse.output(body)[0].parts
    assert bedrock_converse.content(json.loads(tape.request_body)).input


@pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")
@pytest.mark.parametrize("tape", [each for each in TAPES if "stream" in each.uri], ids=str)
def test_our_frames_are_those_of_the_recordings(tape: Interaction) -> None:
    assert b"".join(encoded(headers, payload) for headers, payload in decoded(tape.body)) == tape.body


@pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")
@pytest.mark.parametrize("tape", [each for each in TAPES if each.uri.endswith("converse-stream")], ids=str)
def test_a_recorded_stream_is_read(tape: Interaction) -> None:
    events = [{headers[":event-type"]: json.loads(payload)} for headers, payload in decoded(tape.body)]
    used = bedrock_converse.response(kept(events, content=False)).usage
    assert used is not None
    assert (used.input or 0) + (used.output or 0) == events[-1]["metadata"]["usage"]["totalTokens"]
    (said,) = bedrock_converse.output(kept(events, content=True))
    assert said.parts
