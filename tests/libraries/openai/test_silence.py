# SPDX-License-Identifier: Apache-2.0
"""Endpoints that are no GenAI operation: no span, and exactly what the SDK gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openai
import pytest

if TYPE_CHECKING:
    from harness import Recorder


def test_administration_is_not_traced(traced: Recorder, client: openai.OpenAI) -> None:
    assert client.models.list().data
    assert client.models.retrieve("gpt-4o-mini").id == "gpt-4o-mini"
    assert client.files.create(file=("a.txt", b"text"), purpose="user_data").filename == "a.txt"
    assert len(client.files.list().data) == 1
    assert client.batches.list().data == []
    assert traced.tree() == []


def test_what_hangs_below_a_response_is_not_traced(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.responses.create(model="gpt-4o-mini", input="Hello there")
    assert client.responses.input_items.list(answer.id).data
    client.responses.delete(answer.id)
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_an_endpoint_that_nobody_knows_fails_as_it_does_alone(
    traced: Recorder, client: openai.OpenAI
) -> None:
    with pytest.raises(openai.NotFoundError):
        client.post("/nothing", body={"messages": "SECRET"}, cast_to=object)
    assert traced.tree() == []


async def test_pages_of_models_can_still_be_iterated_asynchronously(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    """`models.list()` is no coroutine: a wrapper that made it one broke `async for`."""
    assert [model.id async for model in aclient.models.list()]
    assert traced.tree() == []


def test_nothing_is_counted_for_them(traced: Recorder, client: openai.OpenAI) -> None:
    client.models.list()
    assert traced.points() == []
