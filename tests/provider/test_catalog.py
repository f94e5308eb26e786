# SPDX-License-Identifier: Apache-2.0
"""Moderation, vector stores, models, files and batches, read by the real SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openai
import pytest

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def test_moderation_judges_each_text(client: openai.OpenAI) -> None:
    told = client.moderations.create(model="omni-moderation-latest", input=["Hello", "I will kill you"])
    assert [each.flagged for each in told.results] == [False, True]
    assert told.results[1].categories.violence
    assert told.results[1].category_scores.violence > told.results[0].category_scores.violence


def test_moderation_judges_parts_together(client: openai.OpenAI) -> None:
    told = client.moderations.create(input=[{"type": "text", "text": "I hate it"}])
    assert [each.categories.hate for each in told.results] == [True]


def test_a_search_finds_the_closest_text_first(client: openai.OpenAI) -> None:
    found = list(client.vector_stores.search("vs_1", query="How long is the warranty?", max_num_results=2))
    assert found[0].filename == "warranty.txt"
    assert found[0].score > found[1].score
    assert len(found) == 2


def test_a_search_finds_what_was_uploaded(client: openai.OpenAI) -> None:
    file = client.files.create(file=("cats.txt", b"Cats sleep most of the day."), purpose="user_data")
    assert client.files.list().data == [file]
    assert file.bytes == 27
    found = list(client.vector_stores.search("vs_1", query=["When do cats sleep?"]))
    assert found[0].content[0].text == "Cats sleep most of the day."


async def test_the_async_client_searches(async_client: openai.AsyncOpenAI) -> None:
    found = [each async for each in async_client.vector_stores.search("vs_1", query="refunds")]
    assert found[0].filename == "refunds.txt"


def test_models_are_listed_and_found(client: openai.OpenAI) -> None:
    assert "gpt-4o" in {each.id for each in client.models.list()}
    assert client.models.retrieve("gpt-4o").owned_by == "system"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")


def test_there_are_no_batches(client: openai.OpenAI) -> None:
    assert list(client.batches.list()) == []


def test_an_unknown_address_is_not_found(provider: Provider, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.post("/nowhere", cast_to=object, body={})
    assert "Invalid URL (POST /v1/nowhere)" in str(caught.value)
    assert provider.requests[0].path == "/v1/nowhere"
