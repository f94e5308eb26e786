# SPDX-License-Identifier: Apache-2.0
"""Cohere's embeddings, rerankings, generations and classifications."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cohere
import pytest
from dirty_equals import IsFloat, IsStr
from opentelemetry.trace import SpanKind

if TYPE_CHECKING:
    from harness import Recorder

EMBED: dict[str, Any] = {
    "texts": ["two words", "one"],
    "input_type": "search_query",
    "embedding_types": ["float"],
}
RANK: dict[str, Any] = {"query": "red apple", "documents": ["a pear", "an apple", "a red apple"], "top_n": 2}
EMBEDDED = {
    "gen_ai.operation.name": "embeddings",
    "gen_ai.provider.name": "cohere",
    "gen_ai.request.model": "embed-v4.0",
    "gen_ai.request.encoding_formats": ["float"],
    "gen_ai.usage.input_tokens": 3,
}
RANKED = {
    "gen_ai.operation.name": "rerank",
    "gen_ai.provider.name": "cohere",
    "gen_ai.request.model": "rerank-v3.5",
    "gen_ai.retrieval.top_k": 2,
}


def test_embeddings_tell_model_formats_and_what_is_billed(
    traced: Recorder, client: cohere.ClientV2, server: dict[str, Any]
) -> None:
    client.embed(model="embed-v4.0", **EMBED, output_dimension=8)
    assert traced.one().name == "embeddings embed-v4.0"
    assert traced.attributes() == {**EMBEDDED, **server, "gen_ai.embeddings.dimension.count": 8}


def test_embeddings_of_version_1_tell_the_same(
    traced: Recorder, v1: cohere.Client, server: dict[str, Any]
) -> None:
    v1.embed(model="embed-v4.0", **EMBED)
    assert traced.attributes() == {**EMBEDDED, **server}


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_asynchronous_embeddings_tell_the_same(
    traced: Recorder,
    av1: cohere.AsyncClient,
    aclient: cohere.AsyncClientV2,
    version: str,
    server: dict[str, Any],
) -> None:
    await (av1 if version == "v1" else aclient).embed(model="embed-v4.0", **EMBED)
    assert traced.attributes() == {**EMBEDDED, **server}


def test_a_batch_that_the_sdk_divides_is_a_span_each_request(traced: Recorder, v1: cohere.Client) -> None:
    """The SDK asks once for every 96 texts, and each request is answered and billed for itself."""
    answer = v1.embed(model="embed-v4.0", **{**EMBED, "texts": ["one"] * 100})
    assert len(answer.embeddings.float_) == 100
    assert sorted((span.attributes or {})["gen_ai.usage.input_tokens"] for span in traced.spans) == [4, 96]


def test_neither_texts_nor_vectors_are_content(shown: Recorder, client: cohere.ClientV2) -> None:
    client.embed(model="embed-v4.0", **EMBED)
    assert "two words" not in shown.everything()


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_reranking_is_told_as_a_search_that_is_named_for_what_it_is(
    traced: Recorder, v1: cohere.Client, client: cohere.ClientV2, version: str, server: dict[str, Any]
) -> None:
    asked: Any = v1 if version == "v1" else client
    asked.rerank(model="rerank-v3.5", **RANK)
    span = traced.one()
    assert (span.name, span.kind) == ("rerank", SpanKind.CLIENT)
    assert traced.attributes() == {**RANKED, **server}


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_asynchronous_reranking_tells_the_same(
    traced: Recorder,
    av1: cohere.AsyncClient,
    aclient: cohere.AsyncClientV2,
    version: str,
    server: dict[str, Any],
) -> None:
    asked: Any = av1 if version == "v1" else aclient
    await asked.rerank(model="rerank-v3.5", **RANK)
    assert traced.attributes() == {**RANKED, **server}


def test_the_ranked_documents_are_content(shown: Recorder, client: cohere.ClientV2) -> None:
    client.rerank(model="rerank-v3.5", **RANK)
    found = shown.attributes()
    assert found["gen_ai.retrieval.query.text"] == "red apple"
    assert json.loads(found["gen_ai.retrieval.documents"]) == [
        {"id": "2", "score": IsFloat(), "content": "a red apple"},
        {"id": "1", "score": IsFloat(), "content": "an apple"},
    ]


def test_a_generation_is_a_text_completion(
    traced: Recorder, v1: cohere.Client, server: dict[str, Any]
) -> None:
    v1.generate(model="command", prompt="Hello there", num_generations=2, k=3, end_sequences=["END"])
    assert traced.one().name == "text_completion command"
    assert traced.attributes() == {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "cohere",
        **server,
        "gen_ai.request.model": "command",
        "gen_ai.request.choice.count": 2,
        "gen_ai.request.top_k": 3,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.response.id": IsStr(),
        "gen_ai.response.finish_reasons": ["stop", "stop"],
        "gen_ai.usage.input_tokens": 2,
        "gen_ai.usage.output_tokens": 27,
    }


def test_a_streamed_generation_tells_the_same(
    traced: Recorder, v1: cohere.Client, server: dict[str, Any]
) -> None:
    list(v1.generate_stream(model="command", prompt="Hello there"))
    assert traced.attributes() == {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "cohere",
        **server,
        "gen_ai.request.model": "command",
        "gen_ai.request.stream": True,
        "gen_ai.response.id": IsStr(),
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.usage.input_tokens": 2,
        "gen_ai.usage.output_tokens": 27,
    }


async def test_an_asynchronous_generation_is_traced(traced: Recorder, av1: cohere.AsyncClient) -> None:
    await av1.generate(model="command", prompt="Hello there")
    assert [event async for event in av1.generate_stream(model="command", prompt="Hello there")]
    assert traced.tree() == ["text_completion command", "text_completion command"]


def test_a_classification_has_an_operation_of_its_own(
    shown: Recorder, v1: cohere.Client, server: dict[str, Any]
) -> None:
    examples: Any = [{"text": "good day", "label": "kind"}, {"text": "bad day", "label": "unkind"}]
    v1.classify(model="embed-v4.0", inputs=["good night"], examples=examples)
    found = shown.attributes()
    said = json.loads(found.pop("gen_ai.output.messages"))
    assert said[0]["parts"][0]["prediction"] == "kind"
    assert found == {
        "gen_ai.operation.name": "classification",
        "gen_ai.provider.name": "cohere",
        **server,
        "gen_ai.request.model": "embed-v4.0",
        "gen_ai.response.id": IsStr(),
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"good night"}]}]',
    }


def test_administration_is_not_traced(traced: Recorder, client: cohere.ClientV2) -> None:
    with pytest.raises(cohere.NotFoundError):
        client.connectors.list()
    assert traced.tree() == []
