# SPDX-License-Identifier: Apache-2.0
"""Searches of vector stores and what they find, read from plain data with no SDK installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import (
    chroma_results,
    lance_rows,
    milvus_hits,
    pinecone_matches,
    qdrant_points,
    rows,
    weaviate_search,
)
from spanwright.semconv.model import Document
from strange_answers import MANY, odd_json

if TYPE_CHECKING:
    from collections.abc import Callable

FIELDS = {"text": "Berlin", "page": 11, "vector": [1.0]}
FOUND = Document("1", 0.5, "Berlin", {"page": 11})
NAMES = st.sampled_from(
    [
        *("ids", "documents", "metadatas", "distances", "scores", "points", "groups", "hits", "payload"),
        *("id", "score", "matches", "metadata", "fields", "_id", "_score", "result", "query", "nearest"),
        *("text", "inputs", "top_k", "limit", "requests", "prefetch", "query_texts", "searches", "_limit"),
        *("_rank", "reqs", "data", "distance", "entity", "_distance", "results", "properties", "near_text"),
        *("non_ref_props", "text_value", "object_value", "group_by_results", "objects", "score_present"),
    ]
)
SEARCHES: list[Callable[[Any], Any]] = [
    chroma_results.top,
    chroma_results.query,
    chroma_results.limit,
    chroma_results.ranked,
    qdrant_points.top,
    qdrant_points.query,
    pinecone_matches.top,
    pinecone_matches.query,
    milvus_hits.top,
    milvus_hits.query,
]
RESULTS: list[Callable[[Any], list[Document]]] = [
    chroma_results.documents,
    qdrant_points.documents,
    pinecone_matches.documents,
    weaviate_search.documents,
    milvus_hits.documents,
    lance_rows.documents,
]


@pytest.mark.parametrize(
    ("read", "answer"),
    [
        (qdrant_points.documents, {"points": [{"id": 1, "score": 0.5, "payload": FIELDS}]}),
        (qdrant_points.documents, [[{"id": 1, "score": 0.5, "payload": FIELDS}]]),
        (qdrant_points.documents, {"groups": [{"hits": [{"id": 1, "score": 0.5, "payload": FIELDS}]}]}),
        (pinecone_matches.documents, {"matches": [{"id": "1", "score": 0.5, "metadata": FIELDS}]}),
        (pinecone_matches.documents, {"matches": [{"_id": "1", "_score": 0.5, **FIELDS}]}),
        (
            pinecone_matches.documents,
            {"result": {"hits": [{"_id": "1", "_score": 0.5, "fields": FIELDS}]}},
        ),
        (milvus_hits.documents, [[{"key": 1, "distance": 0.5, "entity": FIELDS}]]),
        (lance_rows.documents, [{"id": 1, "_distance": 0.5, **FIELDS}]),
        (lance_rows.documents, [{"_rowid": 1, "_relevance_score": 0.5, "_score": 3.0, **FIELDS}]),
        (
            weaviate_search.documents,
            {
                "results": [
                    {
                        "metadata": {"id": "1", "score": 0.5, "score_present": True, "distance": 3.0},
                        "properties": {
                            "non_ref_props": {
                                "fields": {"text": {"text_value": "Berlin"}, "page": {"int_value": 11}}
                            }
                        },
                    }
                ]
            },
        ),
    ],
)
def test_what_is_found_is_a_document(read: Callable[[Any], list[Document]], answer: Any) -> None:
    assert read(answer) == [FOUND]


def test_columns_are_documents() -> None:
    answer = {
        "ids": [["1"], ["2"]],
        "documents": [["Berlin"], None],
        "metadatas": [[{"page": 11}]],
        "distances": [[0.5], [0.7]],
    }
    assert chroma_results.documents(answer) == [FOUND, Document("2", 0.7)]


@pytest.mark.parametrize(
    ("read", "told", "text"),
    [
        (chroma_results.query, {"query_texts": "one"}, "one"),
        (chroma_results.query, {"query_texts": ["one", "two", 3]}, "one\ntwo"),
        (
            chroma_results.ranked,
            {"searches": {"_rank": {"$sum": [{"query": "one"}, {"query": [0.1]}]}}},
            "one",
        ),
        (qdrant_points.query, {"query": {"text": "one"}}, "one"),
        (qdrant_points.query, {"query": {"nearest": {"text": "one"}}}, "one"),
        (
            qdrant_points.query,
            {
                "prefetch": [{"query": {"text": "one"}}, {"query": {"text": "two"}}],
                "query": {"fusion": "rrf"},
            },
            "one\ntwo",
        ),
        (qdrant_points.query, {"query": "5c56c793-69f3-4fbf-87e6-c4bf54c28c26"}, None),
        (qdrant_points.query, {"requests": [{"query": {"text": "one"}}]}, "one"),
        (pinecone_matches.query, {"inputs": {"text": "one"}}, "one"),
        (pinecone_matches.query, {"query": {"inputs": {"text": "one"}}}, "one"),
        (pinecone_matches.query, {"score_by": [{"type": "text", "query": "one"}]}, "one"),
        (milvus_hits.query, {"data": ["one"]}, "one"),
        (milvus_hits.query, {"data": [[0.1]], "reqs": [{"data": ["one"]}, {"_data": [[0.1]]}]}, "one"),
        (weaviate_search.query, {"near_text": {"query": ["one", "two"]}}, "one\ntwo"),
        (weaviate_search.query, {"hybrid_search": {"query": "one"}}, "one"),
        (weaviate_search.query, {"near_vector": {"vector": [0.1]}}, None),
    ],
)
def test_the_text_of_a_search_is_found(read: Any, told: Any, text: str | None) -> None:
    assert read(told) == text


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (chroma_results.top, {"n_results": 2}),
        (chroma_results.limit, {"searches": [{"_limit": {"limit": 2}}]}),
        (qdrant_points.top, {"limit": 2}),
        (qdrant_points.top, {"requests": [{"limit": 2}, {"limit": 3}]}),
        (pinecone_matches.top, {"top_k": 2}),
        (pinecone_matches.top, {"query": {"top_k": 2}}),
        (milvus_hits.top, {"limit": 2}),
        (weaviate_search.top, {"limit": 2}),
    ],
)
def test_the_count_of_a_search_is_found(read: Any, told: Any) -> None:
    assert read(told) == 2


@pytest.mark.parametrize(
    ("request_", "way"),
    [
        ({"near_text": {"query": ["one"]}, "limit": 1}, "near_text"),
        ({"bm25_search": {"query": "one"}}, "bm25"),
        ({"hybrid_search": {"query": "one", "near_text": {}}}, "hybrid"),
        ({"limit": 1}, None),
    ],
)
def test_a_request_says_how_it_searches(request_: Any, way: str | None) -> None:
    assert weaviate_search.way(request_) == way


def test_values_of_objects_are_read_and_what_is_no_text_is_left_out() -> None:
    held = {
        "tags": {"list_value": {"text_values": {"values": ["a", "b"]}}},
        "author": {"object_value": {"fields": {"name": {"text_value": "Ann"}}}},
        "cover": {"blob_value": "..."},
        "sizes": {"list_value": {"number_values": {"values": b"1234"}}},
    }
    answer = {"results": [{"properties": {"non_ref_props": {"fields": held}}}]}
    (found,) = weaviate_search.documents(answer)
    assert found.metadata == {"tags": ["a", "b"], "author": {"name": "Ann"}}


def test_the_usual_field_of_a_text_is_a_documents_content() -> None:
    found = rows.document(7, True, {"page_content": "one", "text": "two", "embedding": [1.0]})
    assert found == Document("7", None, "one", {"text": "two"})


@MANY
@given(st.dictionaries(NAMES, odd_json(NAMES), max_size=5))
def test_no_search_raises(told: dict[str, Any]) -> None:
    for read in SEARCHES:
        read(told)
    weaviate_search.way(told)
    weaviate_search.top(told)
    weaviate_search.query(told)
    weaviate_search.collection(told)


@MANY
@given(odd_json(NAMES))
def test_no_answer_raises(answer: Any) -> None:
    for read in RESULTS:
        assert all(isinstance(each, Document) for each in read(answer))
