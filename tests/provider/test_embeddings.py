# SPDX-License-Identifier: Apache-2.0
"""Embeddings, read by the real SDK."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import openai

MODEL = "text-embedding-3-small"


def embed(client: openai.OpenAI, *texts: str) -> list[list[float]]:
    return [each.embedding for each in client.embeddings.create(model=MODEL, input=list(texts)).data]


def cosine(one: list[float], other: list[float]) -> float:
    return sum(left * right for left, right in zip(one, other, strict=True))


def test_base64_and_floats_are_the_same_numbers(client: openai.OpenAI) -> None:
    packed = client.embeddings.create(model=MODEL, input="Hello there")
    floats = client.embeddings.create(model=MODEL, input="Hello there", encoding_format="float")
    assert packed.data[0].embedding == pytest.approx(floats.data[0].embedding)
    assert len(packed.data[0].embedding) == 1536
    assert math.isclose(cosine(*([packed.data[0].embedding] * 2)), 1, rel_tol=1e-6)


def test_the_wire_is_base64_where_the_sdk_asks_for_it(client: openai.OpenAI) -> None:
    raw = client.embeddings.with_raw_response.create(model=MODEL, input="Hi", encoding_format="base64")
    assert isinstance(raw.http_response.json()["data"][0]["embedding"], str)


def test_the_dimensions_are_heeded(client: openai.OpenAI) -> None:
    assert len(client.embeddings.create(model=MODEL, input="Hi", dimensions=8).data[0].embedding) == 8


def test_texts_and_tokens_are_counted(client: openai.OpenAI) -> None:
    texts = client.embeddings.create(model=MODEL, input=["one two", "three"])
    assert [each.index for each in texts.data] == [0, 1]
    assert texts.usage.prompt_tokens == texts.usage.total_tokens == 3
    assert client.embeddings.create(model=MODEL, input=[[1, 2], [3]]).usage.prompt_tokens == 3
    assert len(client.embeddings.create(model=MODEL, input=[1, 2, 3]).data) == 1


def test_the_text_that_shares_words_is_the_closest(client: openai.OpenAI) -> None:
    question, refund, parcel, warranty = embed(
        client,
        "When is my refund paid?",
        "Refunds are paid within five working days.",
        "Parcels are shipped on the same day.",
        "The warranty lasts for two years.",
    )
    assert cosine(question, refund) > max(cosine(question, parcel), cosine(question, warranty)) + 0.2


async def test_the_async_client_gets_the_same(
    client: openai.OpenAI, async_client: openai.AsyncOpenAI
) -> None:
    told = await async_client.embeddings.create(model=MODEL, input="Hi")
    assert [each.embedding for each in told.data] == embed(client, "Hi")
