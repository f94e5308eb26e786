# SPDX-License-Identifier: Apache-2.0
"""What Chroma alone has: rankings that are expressions, embeddings inside a search, and telemetry of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chromadb import Collection

from alike.stores import BOOKS, TEXT, VECTOR, done

if TYPE_CHECKING:
    from harness import Recorder

HTTP = pytest.mark.parametrize("collection", ["http", "async"], indirect=True)
MEMORY = pytest.mark.parametrize("collection", ["memory"], indirect=True)


@HTTP
async def test_a_ranking_is_a_retrieval(collection: Any, shown: Recorder, address: dict[str, Any]) -> None:
    from chromadb.execution.expression import K, Knn, Search

    ranking = Knn(query=TEXT) * 0.8 + Knn(query=VECTOR, key="other") * 0.2
    await done(lambda: collection.search(Search().rank(ranking).limit(2).select(K.DOCUMENT)))
    found = shown.attributes()
    assert [each["content"] for each in json.loads(found.pop("gen_ai.retrieval.documents"))] == [
        text for text, _, _ in BOOKS
    ]
    assert found == {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.provider.name": "chroma",
        "gen_ai.data_source.id": "books",
        "gen_ai.retrieval.top_k": 2,
        "gen_ai.retrieval.query.text": TEXT,
        "db.system.name": "chroma",
        "db.operation.name": "search",
        "db.collection.name": "books",
        **address,
    }


@MEMORY
def test_the_count_that_is_not_given_is_the_methods_own(collection: Collection, traced: Recorder) -> None:
    collection.query([VECTOR])
    assert traced.attributes()["gen_ai.retrieval.top_k"] == 10


@MEMORY
def test_several_queries_are_one_retrieval(collection: Collection, shown: Recorder) -> None:
    collection.query(query_texts=["one", "two"], n_results=1)
    found = shown.attributes()
    assert found["gen_ai.retrieval.query.text"] == "one\ntwo"
    assert [each["id"] for each in json.loads(found["gen_ai.retrieval.documents"])] == ["1", "1"]


@MEMORY
def test_what_makes_vectors_runs_inside_the_search(
    collection: Collection, traced: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracer = traced.tracer_provider.get_tracer("embedding")

    def embed(given: Any, input: Any) -> Any:
        with tracer.start_as_current_span("embedding"):
            return [VECTOR for _ in input]

    monkeypatch.setattr(type(collection._embedding_function), "__call__", embed)
    collection.query(query_texts=[TEXT])
    assert traced.tree() == ["retrieval books", "  embedding"]


@MEMORY
def test_vectors_are_no_content(collection: Collection, shown: Recorder) -> None:
    collection.query([VECTOR], n_results=1, include=["embeddings", "distances"])
    (document,) = json.loads(shown.attributes()["gen_ai.retrieval.documents"])
    assert document == {"id": "1", "score": pytest.approx(0.02)}


@MEMORY
def test_a_wrong_call_is_an_error_of_the_search(collection: Collection, traced: Recorder) -> None:
    with pytest.raises(TypeError):
        collection.query(nonsense=1)
    assert traced.attributes()["error.type"] == "TypeError"
