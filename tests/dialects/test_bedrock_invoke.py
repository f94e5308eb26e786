# SPDX-License-Identifier: Apache-2.0
"""The bodies of Bedrock's InvokeModel, its agents and its knowledge bases, read from JSON alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import (
    anthropic_messages,
    bedrock_agents,
    bedrock_chat,
    bedrock_converse,
    bedrock_invoke,
    bedrock_knowledge,
    bedrock_texts,
    bedrock_vectors,
)
from spanwright.semconv.model import Document, Generic, Message, Request, Response, Text, ToolCall, Usage

MESSAGES: dict[str, Any] = {"messages": []}
PROMPT = {"prompt": "Hello there"}
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3"


@pytest.mark.parametrize(
    ("model", "body", "dialect", "operation"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", MESSAGES, anthropic_messages, "chat"),
        ("global.anthropic.claude-sonnet-4-20250514-v1:0", MESSAGES, anthropic_messages, "chat"),
        ("anthropic.claude-v2", PROMPT, bedrock_texts, "text_completion"),
        ("eu.amazon.nova-pro-v1:0", MESSAGES, bedrock_converse, "chat"),
        ("amazon.titan-text-lite-v1", {"inputText": "Hello there"}, bedrock_texts, "text_completion"),
        ("amazon.titan-embed-image-v1", {"inputText": "Hello there"}, bedrock_vectors, "embeddings"),
        ("amazon.nova-2-multimodal-embeddings-v1:0", {}, bedrock_vectors, "embeddings"),
        ("cohere.embed-v4:0", {"texts": []}, bedrock_vectors, "embeddings"),
        ("cohere.command-r-plus-v1:0", {"message": "Hello there"}, bedrock_texts, "chat"),
        ("cohere.rerank-v3-5:0", {"query": "q"}, bedrock_chat, None),
        ("us.meta.llama3-3-70b-instruct-v1:0", PROMPT, bedrock_texts, "text_completion"),
        ("mistral.mixtral-8x7b-instruct-v0:1", PROMPT, bedrock_texts, "text_completion"),
        ("us.mistral.pixtral-large-2502-v1:0", MESSAGES, bedrock_chat, "chat"),
        ("openai.gpt-oss-120b-1:0", MESSAGES, bedrock_chat, "chat"),
        ("us.deepseek.r1-v1:0", PROMPT, bedrock_texts, "text_completion"),
        ("stability.stable-image-core-v1:0", {"mode": "text-to-image"}, bedrock_texts, "generate_content"),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
            MESSAGES,
            anthropic_messages,
            "chat",
        ),
        (PROFILE, {"anthropic_version": "bedrock-2023-05-31"}, anthropic_messages, "chat"),
        (PROFILE, {"schemaVersion": "messages-v1", **MESSAGES}, bedrock_converse, "chat"),
        (PROFILE, MESSAGES, bedrock_chat, "chat"),
        (PROFILE, PROMPT, bedrock_texts, "text_completion"),
        (None, {}, bedrock_texts, "chat"),
    ],
)
def test_the_family_follows_from_the_id_or_from_the_body(
    model: Any, body: Any, dialect: Any, operation: str | None
) -> None:
    found = bedrock_invoke.family(model, body)
    assert found._dialect is dialect
    assert found.operation == operation


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ('{"a":1}', {"a": 1}),
        (b'{"a":1}', {"a": 1}),
        (bytearray(b'{"a":1}'), {"a": 1}),
        (b"no JSON", {}),
        ("[1]", {}),
        (None, {}),
        (object(), {}),
    ],
)
def test_a_body_is_read_where_it_can_be(body: Any, read: dict[str, Any]) -> None:
    assert bedrock_invoke.body(body) == read


@pytest.mark.parametrize(
    ("body", "response", "said"),
    [
        (
            {
                "inputTextTokenCount": 3,
                "results": [{"tokenCount": 5, "outputText": "Hi.", "completionReason": "FINISH"}],
            },
            Response(finish_reasons=["stop"], usage=Usage(3, 5)),
            "Hi.",
        ),
        (
            {
                "generation": "Hi.",
                "prompt_token_count": 3,
                "generation_token_count": 5,
                "stop_reason": "length",
            },
            Response(finish_reasons=["length"], usage=Usage(3, 5)),
            "Hi.",
        ),
        (
            {"outputs": [{"text": "Hi.", "stop_reason": "stop"}]},
            Response(finish_reasons=["stop"]),
            "Hi.",
        ),
        (
            {"completion": "Hi.", "stop_reason": "stop_sequence"},
            Response(finish_reasons=["stop"]),
            "Hi.",
        ),
        (
            {"id": "i", "generations": [{"id": "g", "text": "Hi.", "finish_reason": "MAX_TOKENS"}]},
            Response(id="i", finish_reasons=["length"]),
            "Hi.",
        ),
        (
            {
                "response_id": "i",
                "text": "Hi.",
                "finish_reason": "COMPLETE",
                "meta": {"billed_units": {"input_tokens": 3, "output_tokens": 5}},
            },
            Response(id="i", finish_reasons=["stop"], usage=Usage(3, 5)),
            "Hi.",
        ),
        (
            {"completions": [{"data": {"text": "Hi."}, "finishReason": {"reason": "endoftext"}}]},
            Response(finish_reasons=["stop"]),
            "Hi.",
        ),
    ],
    ids=["titan", "llama", "mistral", "claude-2", "command", "command-r", "jurassic"],
)
def test_a_text_is_read_with_its_facts(body: Any, response: Response, said: str) -> None:
    assert bedrock_texts.response(body) == response
    (message,) = bedrock_texts.output(body)
    assert message.parts == [Text(said)]


def test_several_texts_are_several_choices() -> None:
    body = {
        "generations": [
            {"text": "One.", "finish_reason": "COMPLETE"},
            {"text": "Two.", "finish_reason": "ERROR_TOXIC"},
        ]
    }
    assert bedrock_texts.response(body).finish_reasons == ["stop", "content_filter"]
    assert len(bedrock_texts.output(body)) == 2


def test_calls_of_command_are_read() -> None:
    body = {"tool_calls": [{"name": "f", "parameters": {"x": 1}}], "finish_reason": "COMPLETE"}
    assert bedrock_texts.output(body) == [
        Message("assistant", [ToolCall("f", arguments={"x": 1})], finish_reason="stop")
    ]


def test_the_history_of_command_stands_before_its_message() -> None:
    body = {
        "message": "And now?",
        "preamble": "Be kind.",
        "chat_history": [{"role": "USER", "message": "Hi."}, {"role": "CHATBOT", "message": "Hello."}],
    }
    found = bedrock_texts.content(body)
    assert found.system == [Text("Be kind.")]
    assert [each.role for each in found.input] == ["user", "assistant", "user"]


def test_the_reason_of_a_mistral_chat_is_read() -> None:
    body = {"choices": [{"index": 0, "message": {"content": "Hi."}, "stop_reason": "tool_calls"}]}
    assert bedrock_chat.response(body).finish_reasons == ["tool_call"]
    assert bedrock_chat.output(body)[0].parts == [Text("Hi.")]


def chunk(data: Any) -> dict[str, Any]:
    return {"chunk": {"bytes": json.dumps(data).encode()}}


def test_the_metrics_of_the_last_chunk_count_where_the_family_does_not() -> None:
    family = bedrock_invoke.family("mistral.mistral-7b-instruct-v0:2", PROMPT)
    chunks = family.Chunks(content=False)
    chunks.add(chunk({"outputs": [{"text": "Hi."}]}))
    metrics = {"inputTokenCount": 3, "outputTokenCount": 5}
    chunks.add(chunk({"outputs": [{"stop_reason": "stop"}], "amazon-bedrock-invocationMetrics": metrics}))
    assert family.response(chunks.value()) == Response(finish_reasons=["stop"], usage=Usage(3, 5))


def test_the_headers_count_where_nothing_else_does() -> None:
    headers = {
        "x-amzn-bedrock-input-token-count": "3",
        "x-amzn-bedrock-output-token-count": "odd",
    }
    family = bedrock_invoke.family("cohere.embed-english-v3", {})
    found = family.response({"ResponseMetadata": {"HTTPHeaders": headers}})
    assert found.usage == Usage(input=3)


def test_facts_of_a_stream_alone_keep_no_content() -> None:
    family = bedrock_invoke.family("meta.llama3-8b-instruct-v1:0", PROMPT)
    chunks = family.Chunks(content=False)
    chunks.add(chunk({"generation": "SECRET", "stop_reason": "stop"}))
    assert "SECRET" not in json.dumps(chunks.value())


def test_the_middle_of_a_long_stream_is_kept_only_for_its_content() -> None:
    family = bedrock_invoke.family("meta.llama3-8b-instruct-v1:0", PROMPT)
    told = [
        {"generation": "word ", "prompt_token_count": 3 if at == 0 else None, "generation_token_count": at}
        for at in range(99)
    ]
    told.append({"generation": "", "generation_token_count": 99, "stop_reason": "stop"})
    facts, whole = family.Chunks(content=False), family.Chunks(content=True)
    for each in told:
        facts.add(chunk(each))
        whole.add(chunk(each))
    assert len(facts._last or ()) < 10
    assert family.response(facts.value()) == Response(finish_reasons=["stop"], usage=Usage(3, 99))
    (said,) = family.output(whole.value())
    assert said.parts == [Text("word " * 99)]


def test_a_retrieved_document_is_named_by_its_place() -> None:
    value = {
        "retrievalResults": [
            {"content": {"text": "Told."}, "score": 0.5, "location": {"webLocation": {"url": "https://a"}}}
        ]
    }
    assert bedrock_knowledge.documents(value) == [Document("https://a", 0.5, "Told.")]


def test_the_model_calls_of_an_agent_are_added_up() -> None:
    chunks = bedrock_agents.Chunks(content=False)
    for kind in ("preProcessingTrace", "orchestrationTrace"):
        used = {"usage": {"inputTokens": 3, "outputTokens": 5}}
        chunks.add({"trace": {"trace": {kind: {"modelInvocationOutput": {"metadata": used}}}}})
    assert bedrock_agents.response(chunks.value()).usage == Usage(6, 10)


def test_a_guardrail_that_stops_an_agent_is_told() -> None:
    chunks = bedrock_agents.Chunks(content=False)
    chunks.add({"trace": {"trace": {"guardrailTrace": {"action": "INTERVENED"}}}})
    assert bedrock_agents.response(chunks.value()).finish_reasons == ["content_filter"]


def test_a_request_to_an_api_that_an_agent_returns_is_a_call() -> None:
    chunks = bedrock_agents.Chunks(content=True)
    told = {"apiPath": "/weather", "parameters": [{"name": "city", "value": "Paris"}]}
    inputs = [{"apiInvocationInput": told}, {"odd": {}}]
    chunks.add({"returnControl": {"invocationId": "i", "invocationInputs": inputs}})
    (said,) = bedrock_agents.output(chunks.value())
    assert said.parts == [ToolCall("/weather", "i", {"city": "Paris"}), Generic("odd", {})]


def test_two_knowledge_bases_are_no_single_source() -> None:
    bases = [{"knowledgeBaseId": "a"}, {"knowledgeBaseId": "b"}]
    assert bedrock_agents.run({"knowledgeBases": bases}).data_source_id is None


def test_the_size_of_a_vector_is_read() -> None:
    assert bedrock_vectors.request({"embeddingConfig": {"outputEmbeddingLength": 256}}) == Request(
        extra={"gen_ai.embeddings.dimension.count": 256}
    )


NAMES = st.sampled_from(
    [
        *(
            "results",
            "outputs",
            "generations",
            "completions",
            "text",
            "data",
            "finishReason",
            "finish_reason",
        ),
        *("chat_history", "message", "messages", "tools", "tool_calls", "choices", "stop_reason", "meta"),
        *("billed_units", "textGenerationConfig", "trace", "chunk", "bytes", "returnControl", "usage"),
        *(
            "invocationInputs",
            "parameters",
            "name",
            "retrievalResults",
            "location",
            "content",
            "sessionState",
        ),
        *("returnControlInvocationResults", "conversationHistory", "knowledgeBases", "responseBody", "body"),
        *("retrieveAndGenerateConfiguration", "knowledgeBaseConfiguration", "event_type", "response"),
        *("embeddingTypes", "dimensions", "orchestrationTrace", "modelInvocationOutput", "metadata"),
    ]
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("stream-end"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)


@pytest.mark.parametrize(
    "model",
    ["anthropic.x", "amazon.nova", "amazon.titan", "cohere.embed", "mistral.x", "cohere.x", "odd"],
)
@given(value=ODD)
def test_nothing_odd_is_raised_of_a_model(model: str, value: Any) -> None:
    body = value if isinstance(value, dict) else {}
    family = bedrock_invoke.family(model, body)
    family.request(body)
    family.content(body)
    family.response(value)
    family.output(value)
    chunks = family.Chunks(content=True)
    chunks.add(chunk(value))
    chunks.add(value)
    family.output(chunks.value())
    family.response(chunks.value())


@given(value=ODD)
def test_nothing_odd_is_raised_of_agents_and_knowledge_bases(value: Any) -> None:
    body = value if isinstance(value, dict) else {}
    bedrock_agents.run(body)
    bedrock_agents.content(body)
    bedrock_knowledge.retrieval(body)
    bedrock_knowledge.request(body)
    bedrock_knowledge.content(body)
    bedrock_knowledge.documents(value)
    for dialect in (bedrock_agents, bedrock_knowledge):
        chunks = dialect.Chunks(content=True)
        chunks.add(value)
        dialect.response(chunks.value())
        dialect.output(chunks.value())
        dialect.response(value)
        dialect.output(value)
