# SPDX-License-Identifier: Apache-2.0
"""Content has the shapes of the conventions' schemas, for each kind of part, and only where its span knows it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spanwright.semconv import model as m
from spanwright.semconv import names as n
from spanwright.semconv.check import Span, check
from spanwright.semconv.content import document, message, part, structured, tool
from spanwright.semconv.serial import dumps

PARTS: list[tuple[m.Part, dict[str, Any]]] = [
    (m.Text("t"), {"type": "text", "content": "t"}),
    (m.Reasoning("r"), {"type": "reasoning", "content": "r"}),
    (m.ToolCall("f", "c1", {"a": 1}), {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}),
    (m.ToolCall("f"), {"type": "tool_call", "name": "f"}),
    (
        m.ToolResponse({"ok": True}, "c1"),
        {"type": "tool_call_response", "id": "c1", "response": {"ok": True}},
    ),
    (m.ToolResponse(None), {"type": "tool_call_response", "response": None}),
    (
        m.ServerToolCall("web", {"type": "web_search", "query": "q"}, "s1"),
        {
            "type": "server_tool_call",
            "id": "s1",
            "name": "web",
            "server_tool_call": {"type": "web_search", "query": "q"},
        },
    ),
    (
        m.ServerToolResponse({"type": "web_search"}),
        {"type": "server_tool_call_response", "server_tool_call_response": {"type": "web_search"}},
    ),
    (
        m.Uri("image", "https://127.0.0.1/a.png", "image/png"),
        {"type": "uri", "modality": "image", "uri": "https://127.0.0.1/a.png", "mime_type": "image/png"},
    ),
    (m.File("document", "f1"), {"type": "file", "modality": "document", "file_id": "f1"}),
    (m.Compaction("c1"), {"type": "compaction", "id": "c1"}),
    (m.Generic("odd", {"type": "odd", "x": 1}), {"type": "generic", "generic_type": "odd", "x": 1}),
    (m.Generic("odd", [1]), {"type": "generic", "generic_type": "odd", "value": [1]}),
]
IMAGE = m.Blob("image", "aGVsbG8=", "image/png")
EVERYTHING = m.Content(
    system=[m.Text("be kind")],
    input=[m.Message("user", [each for each, _ in PARTS] + [IMAGE])],
    output=[m.Message("assistant", [m.Text("hi")], finish_reason="stop")],
    tools=[m.Tool("f", description="d", parameters={"type": "object"})],
    query="q",
    documents=[m.Document("d1", 0.5, "text", {"page": 3})],
    arguments={"a": 1},
    result="done",
)


@pytest.mark.parametrize(("given", "shape"), PARTS, ids=[type(each).__name__ for each, _ in PARTS])
def test_a_part_has_the_shape_of_its_kind(given: m.Part, shape: dict[str, Any]) -> None:
    assert part(given) == shape


def test_media_leaves_the_process_as_size_and_digest_alone() -> None:
    shown = part(IMAGE)
    assert (shown["bytes"], shown["mime_type"], "aGVsbG8" in json.dumps(shown)) == (5, "image/png", False)


def test_every_kind_of_part_has_a_shape() -> None:
    kinds = {type(each) for each, _ in PARTS} | {m.Blob}
    assert kinds == set(m.Part.__args__)


def test_a_message_has_a_finish_reason_only_if_it_was_received() -> None:
    assert [set(message(each)) for each in (*EVERYTHING.input, *EVERYTHING.output)] == [
        {"role", "parts"},
        {"role", "parts", "finish_reason"},
    ]


def test_a_tool_has_what_was_kept_of_it() -> None:
    assert [tool(m.Tool("f")), tool(EVERYTHING.tools[0])] == [
        {"type": "function", "name": "f"},
        {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
    ]


def test_a_document_has_what_is_known_of_it() -> None:
    assert document(m.Document("d1")) == {"id": "d1"}


MESSAGES = {n.GEN_AI_INPUT_MESSAGES, n.GEN_AI_OUTPUT_MESSAGES}
INSTRUCTED = {n.GEN_AI_SYSTEM_INSTRUCTIONS, n.GEN_AI_TOOL_DEFINITIONS}


@pytest.mark.parametrize(
    ("subject", "keys"),
    [
        (m.Inference(), MESSAGES | INSTRUCTED),
        (m.AgentRun(), MESSAGES | INSTRUCTED),
        (m.WorkflowRun(), MESSAGES),
        (m.FetchResponse(), {n.GEN_AI_OUTPUT_MESSAGES} | INSTRUCTED),
        (m.Retrieval(), {n.GEN_AI_RETRIEVAL_QUERY_TEXT, n.GEN_AI_RETRIEVAL_DOCUMENTS}),
        (m.ToolRun(), {n.GEN_AI_TOOL_CALL_ARGUMENTS, n.GEN_AI_TOOL_CALL_RESULT}),
        (m.Embeddings(), set()),
        (m.Step("node n"), set()),
        (m.HttpRequest("GET", "http://127.0.0.1/"), set()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_subject_has_only_the_content_that_its_span_knows(subject: Any, keys: set[str]) -> None:
    subject.content = EVERYTHING
    assert set(structured(subject)) == keys


@pytest.mark.parametrize("content", [None, m.Content()])
def test_without_content_there_is_nothing(content: m.Content | None) -> None:
    assert structured(m.Inference(content=content)) == {}


@pytest.mark.parametrize("limit", [100_000, 4_000, 1_000])
def test_content_is_true_to_the_schemas_at_any_budget(limit: int) -> None:
    subject = m.Inference("chat", "acme", m.Request(model="m1"), content=EVERYTHING)
    attributes = {key: dumps(value, limit) for key, value in structured(subject).items()}
    known = {n.GEN_AI_OPERATION_NAME: "chat", n.GEN_AI_PROVIDER_NAME: "acme", n.GEN_AI_REQUEST_MODEL: "m1"}
    assert check([Span("chat m1", "CLIENT", {**known, **attributes})]) == []
