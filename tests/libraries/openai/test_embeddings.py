# SPDX-License-Identifier: Apache-2.0
"""Embeddings: the facts of the call, and never a text or a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

if TYPE_CHECKING:
    from harness import Recorder

ASK: dict[str, Any] = {"model": "text-embedding-3-small", "input": "Hello there"}
# The SDK asks for base64 where the application asked for nothing.
EMBEDDED = {
    "gen_ai.operation.name": "embeddings",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "text-embedding-3-small",
    "gen_ai.request.encoding_formats": ["base64"],
    "gen_ai.response.model": "text-embedding-3-small",
}


def test_an_embedding_is_one_span(traced: Recorder, client: openai.OpenAI, server: dict[str, Any]) -> None:
    answer = client.embeddings.create(**ASK)
    assert isinstance(answer.data[0].embedding[0], float)
    assert traced.tree() == ["embeddings text-embedding-3-small"]
    assert traced.attributes() == {
        **EMBEDDED,
        **server,
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
    }


async def test_an_awaited_embedding_tells_the_same(
    traced: Recorder, aclient: openai.AsyncOpenAI, server: dict[str, Any]
) -> None:
    answer = await aclient.embeddings.create(**ASK)
    assert isinstance(answer.data[0].embedding[0], float)
    assert traced.attributes() == {
        **EMBEDDED,
        **server,
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
    }


def test_the_format_and_the_size_that_were_asked_for_are_told(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.embeddings.create(**ASK, encoding_format="float", dimensions=64)
    assert len(answer.data[0].embedding) == 64
    assert traced.attributes() == {
        **EMBEDDED,
        **server,
        "gen_ai.embeddings.dimension.count": 64,
        "gen_ai.request.encoding_formats": ["float"],
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
    }


def test_vectors_as_text_stay_text(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.embeddings.create(**ASK, encoding_format="base64")
    vector: Any = answer.data[0].embedding
    assert isinstance(vector, str)
    assert traced.attributes()["gen_ai.request.encoding_formats"] == ["base64"]


def test_a_raw_embedding_has_its_usage(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.embeddings.with_raw_response.create(**ASK).parse()
    assert traced.attributes()["gen_ai.usage.input_tokens"] == answer.usage.prompt_tokens


@pytest.mark.parametrize("given", [["one", "two"], [[1, 2], [3]], [1, 2, 3]])
def test_texts_and_tokens_are_embedded_alike(traced: Recorder, client: openai.OpenAI, given: Any) -> None:
    client.embeddings.create(model="text-embedding-3-small", input=given)
    assert traced.tree() == ["embeddings text-embedding-3-small"]


def test_neither_text_nor_vector_is_ever_told(shown: Recorder, client: openai.OpenAI) -> None:
    """The conventions have no place for them, and a thousand vectors would sink a batch."""
    client.embeddings.create(
        model="text-embedding-3-small", input=["SECRET words"] * 100, encoding_format="float"
    )
    assert "SECRET" not in shown.everything()
    assert len(shown.everything()) < 10_000


def test_an_embedding_is_counted_by_its_input_alone(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.embeddings.create(**ASK)
    (point,) = traced.points("gen_ai.client.token.usage")
    assert (point.labels["gen_ai.token.type"], point.sum) == ("input", answer.usage.prompt_tokens)


def test_a_call_without_a_loop_works_within_a_running_one(traced: Recorder, client: openai.OpenAI) -> None:
    """A plain call within `async def` must not look for, make or block on a loop."""
    import asyncio

    async def application() -> int:
        return len(client.embeddings.create(**ASK).data)

    assert asyncio.run(application()) == 1
    assert traced.tree() == ["embeddings text-embedding-3-small"]
