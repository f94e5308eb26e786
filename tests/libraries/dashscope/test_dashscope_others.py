# SPDX-License-Identifier: Apache-2.0
"""Vectors, reranking, and what is no GenAI operation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dashscope
import pytest
from dirty_equals import IsInt, IsStr

from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from harness import Recorder

pytestmark = pytest.mark.usefixtures("provider")


def test_vectors_are_one_span_of_embeddings(traced: Recorder, server: dict[str, Any]) -> None:
    answer = dashscope.TextEmbedding.call(model="text-embedding-v3", input=["Hello", "Bye"], dimension=16)
    assert traced.one().name == "embeddings text-embedding-v3"
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "dashscope",
        "gen_ai.request.model": "text-embedding-v3",
        "gen_ai.embeddings.dimension.count": 16,
        "gen_ai.usage.input_tokens": answer.usage["total_tokens"],
    }


def test_texts_to_embed_are_never_told(shown: Recorder) -> None:
    dashscope.TextEmbedding.call(model="text-embedding-v3", input="SECRET text")
    assert "SECRET" not in shown.everything()


def test_a_reranking_is_one_span(traced: Recorder, server: dict[str, Any]) -> None:
    dashscope.TextReRank.call(model="gte-rerank", query="Hello", documents=["a", "b", "c"], top_n=2)
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "rerank",
        "gen_ai.provider.name": "dashscope",
        "gen_ai.request.model": "gte-rerank",
        "gen_ai.retrieval.top_k": 2,
    }


def test_what_is_reranked_is_content(shown: Recorder) -> None:
    dashscope.TextReRank.call(model="gte-rerank", query="Hello", documents=["a", "b"])
    told = shown.attributes()
    assert told["gen_ai.retrieval.query.text"] == "Hello"
    assert json.loads(told["gen_ai.retrieval.documents"]) == [
        {"id": "1", "score": 0.1, "content": "b"},
        {"id": "0", "score": 0.0, "content": "a"},
    ]


def test_a_service_that_makes_other_media_is_generated_content(traced: Recorder, provider: Provider) -> None:
    output = {"audio": {"url": "https://speech.test/a.wav"}, "finish_reason": "stop"}
    provider.say(Reply(body=json.dumps({"output": output, "usage": {"input_tokens": 3}, "request_id": "r"})))
    dashscope.MultiModalConversation.call(model="qwen-tts", text="Hello there", voice="Cherry")
    told = traced.attributes()
    assert (told["gen_ai.operation.name"], told["gen_ai.usage.input_tokens"]) == (
        "generate_content",
        IsInt(ge=3, le=3),
    )


def test_a_task_that_is_only_started_is_not_traced(traced: Recorder, provider: Provider) -> None:
    provider.say(Reply(body='{"output": {"task_id": "t"}, "request_id": "r"}', path="/image-synthesis"))
    dashscope.ImageSynthesis.async_call(model="wanx-v1", prompt="A cat")
    assert traced.tree() == []


def test_an_id_names_the_request(traced: Recorder) -> None:
    dashscope.Generation.call(model="qwen-plus", prompt="Hello")
    assert traced.attributes()["gen_ai.response.id"] == IsStr(min_length=1)
