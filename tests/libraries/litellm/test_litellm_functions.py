# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's other functions: each is told as what it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import litellm
import pytest
from dirty_equals import IsFloat, IsInt, IsPartialDict, IsStr

from spanwright.console.provider import Provider
from wires.jina import WIRE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder


@pytest.fixture
def base(at: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that lead to the reference provider, for functions that know no retries."""
    return {name: value for name, value in at.items() if name != "max_retries"}


def test_a_text_completion(traced: Recorder, at: dict[str, Any], server: dict[str, Any]) -> None:
    answer = litellm.text_completion(
        model="text-completion-openai/gpt-3.5-turbo-instruct", prompt="Hello there", **at
    )
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-3.5-turbo-instruct",
        "gen_ai.response.model": "gpt-3.5-turbo-instruct",
        "gen_ai.response.id": IsStr(regex="cmpl-.+"),
        "gen_ai.response.finish_reasons": [answer.choices[0].finish_reason],
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }


async def test_an_asynchronous_text_completion(shown: Recorder, at: dict[str, Any]) -> None:
    await litellm.atext_completion(
        model="text-completion-openai/gpt-3.5-turbo-instruct", prompt="Hello there", **at
    )
    assert shown.tree() == ["text_completion gpt-3.5-turbo-instruct"]
    assert "Hello there" in shown.attributes()["gen_ai.input.messages"]


def test_a_streamed_text_completion_by_a_chat_model(
    traced: Recorder, at: dict[str, Any], server: dict[str, Any]
) -> None:
    assert list(litellm.text_completion(model="openai/gpt-4o-mini", prompt="Hello there", stream=True, **at))
    found = traced.attributes()
    found.pop("gen_ai.response.model", None)
    assert found == {
        **server,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
        "gen_ai.response.finish_reasons": ["stop"],
    }


def test_an_embedding(traced: Recorder, at: dict[str, Any], server: dict[str, Any]) -> None:
    answer = litellm.embedding(
        model="openai/text-embedding-3-small", input=["Hello"], dimensions=8, encoding_format="float", **at
    )
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.request.encoding_formats": ["float"],
        "gen_ai.embeddings.dimension.count": 8,
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
    }


async def test_an_asynchronous_embedding(traced: Recorder, at: dict[str, Any]) -> None:
    await litellm.aembedding(model="openai/text-embedding-3-small", input=["Hello"], **at)
    assert traced.tree() == ["embeddings text-embedding-3-small"]


def test_a_picture(traced: Recorder, base: dict[str, Any]) -> None:
    litellm.image_generation(model="openai/gpt-image-1", prompt="A cat", **base)
    assert traced.attributes() == IsPartialDict(
        {
            "gen_ai.operation.name": "generate_content",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-image-1",
            "gen_ai.output.type": "image",
        }
    )


async def test_an_asynchronous_picture(traced: Recorder, base: dict[str, Any]) -> None:
    await litellm.aimage_generation(model="openai/gpt-image-1", prompt="A cat", **base)
    assert traced.tree() == ["generate_content gpt-image-1"]


def test_speech(traced: Recorder, at: dict[str, Any]) -> None:
    litellm.speech(model="openai/tts-1", input="Hello there", voice="alloy", **at)
    assert traced.attributes()["gen_ai.output.type"] == "speech"


async def test_an_asynchronous_transcription(traced: Recorder, at: dict[str, Any]) -> None:
    await litellm.atranscription(model="openai/whisper-1", file=("a.wav", b"RIFF"), **at)
    assert traced.tree() == ["generate_content whisper-1"]


def test_a_response(traced: Recorder, base: dict[str, Any], server: dict[str, Any]) -> None:
    answer = litellm.responses(model="openai/gpt-4o-mini", input="Hello there", **base)
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.id": answer.id,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": answer.usage.input_tokens,
        "gen_ai.usage.output_tokens": answer.usage.output_tokens,
        "openai.api.type": "responses",
        "openai.response.service_tier": "default",
    }


def test_a_streamed_response(traced: Recorder, base: dict[str, Any]) -> None:
    *_, last = litellm.responses(model="openai/gpt-4o-mini", input="Hello there", stream=True, **base)
    assert traced.attributes() == IsPartialDict(
        {
            "gen_ai.request.stream": True,
            "gen_ai.response.id": last.response.id,
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.output_tokens": last.response.usage.output_tokens,
        }
    )


async def test_an_asynchronous_streamed_response(shown: Recorder, base: dict[str, Any]) -> None:
    stream = await litellm.aresponses(model="openai/gpt-4o-mini", input="Hello there", stream=True, **base)
    assert [event async for event in stream]
    assert "You said" in shown.attributes()["gen_ai.output.messages"]


def test_a_response_by_a_provider_without_responses_is_one_inference(
    traced: Recorder, base: dict[str, Any]
) -> None:
    litellm.responses(model="hosted_vllm/gpt-4o-mini", input="Hello there", **base)
    assert traced.tree() == ["chat gpt-4o-mini"]


@pytest.fixture
def ranking() -> Iterator[dict[str, Any]]:
    """Return what is asked of a server that ranks documents."""
    with Provider(wires=[WIRE]) as provider:
        yield {
            "model": "ranker",
            "custom_llm_provider": "hosted_vllm",
            "query": "Where is Rome?",
            "documents": ["Oslo is in Norway.", "Rome is in Italy."],
            "top_n": 2,
            "api_base": f"{provider.base_url}/rerank",
            "api_key": "test",
        }


def test_a_reranking(traced: Recorder, ranking: dict[str, Any]) -> None:
    litellm.rerank(**ranking)
    assert traced.attributes() == {
        "server.address": "127.0.0.1",
        "server.port": IsInt,
        "gen_ai.operation.name": "rerank",
        "gen_ai.provider.name": "vllm",
        "gen_ai.request.model": "ranker",
        "gen_ai.retrieval.top_k": 2,
    }


async def test_an_asynchronous_reranking(traced: Recorder, ranking: dict[str, Any]) -> None:
    await litellm.arerank(**ranking)
    assert traced.tree() == ["rerank"]


def test_the_content_of_a_reranking(shown: Recorder, ranking: dict[str, Any]) -> None:
    litellm.rerank(**ranking)
    found = shown.attributes()
    assert found["gen_ai.retrieval.query.text"] == "Where is Rome?"
    assert [each["id"] for each in json.loads(found["gen_ai.retrieval.documents"])] == ["1", "0"]
