# SPDX-License-Identifier: Apache-2.0
"""What Weaviate alone has: single objects over REST, batches, groups, and searches by what is no text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from alike.stores import BOOKS, VECTOR, done
from spanwright.instrumentors.httpx import HttpxInstrumentor
from wires.weaviate_service import IDS

if TYPE_CHECKING:
    from harness import Recorder

PLAIN = pytest.mark.parametrize("client", ["plain"], indirect=True)


async def test_single_objects_are_written_over_rest(
    traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    data = client.collections.get("Books").data
    for call in (
        lambda: data.insert(BOOKS[0][2]),
        lambda: data.replace(IDS[0], BOOKS[0][2]),
        lambda: data.update(IDS[0], BOOKS[0][2]),
        lambda: data.delete_by_id(IDS[0]),
    ):
        await done(call)
    words = ["insert", "replace", "update", "delete_by_id"]
    assert traced.tree() == [f"{word} Books" for word in words]
    assert [dict(span.attributes or {}) for span in traced.spans] == [
        {"db.system.name": "weaviate", "db.operation.name": word, "db.collection.name": "Books", **server}
        for word in words
    ]


async def test_the_http_attempt_is_a_child(traced: Recorder, client: Any) -> None:
    traced.instrument(HttpxInstrumentor())
    await done(lambda: client.collections.get("Books").data.insert(BOOKS[0][2]))
    assert traced.tree() == ["insert Books", "  POST"]


@PLAIN
def test_a_batch_is_one_span(traced: Recorder, client: Any) -> None:
    with client.collections.get("Books").batch.fixed_size(10) as batch:
        for text, vector, _ in BOOKS:
            batch.add_object({"text": text}, vector=vector)
    assert traced.tree() == ["batch_objects Books"]
    assert "Berlin" not in traced.everything()


@PLAIN
def test_a_search_by_vector_has_no_text(shown: Recorder, client: Any) -> None:
    client.collections.get("Books").query.near_vector(VECTOR)
    found = shown.attributes()
    assert "gen_ai.retrieval.query.text" not in found
    assert "gen_ai.retrieval.top_k" not in found


@pytest.mark.parametrize("client", ["async"], indirect=True)
async def test_gathered_searches_are_siblings(traced: Recorder, client: Any) -> None:
    query = client.collections.get("Books").query
    await asyncio.gather(*(query.bm25("Berlin") for _ in range(3)))
    assert traced.tree() == ["retrieval Books"] * 3
