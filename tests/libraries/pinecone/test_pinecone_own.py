# SPDX-License-Identifier: Apache-2.0
"""What Pinecone alone has: several namespaces in one query, indexes of documents, and names within addresses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pinecone
import pytest

from alike.stores import BOOKS, TEXT, VECTOR
from spanwright.instrumentors._dialects import pinecone_matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

SPACES: dict[str, Any] = {"vector": VECTOR, "namespaces": ["a", "b"], "metric": "cosine", "top_k": 2}
CLAUSES = [{"type": "text", "query": TEXT, "fields": ["text"]}]


@pytest.fixture
def documents(indexes: Callable[[], Any]) -> Any:
    """Return the documents of an index, since version 10."""
    index = indexes()
    if not hasattr(index, "documents"):
        pytest.skip(f"pinecone {pinecone.__version__} has no indexes of documents")
    return index.documents


def test_a_query_of_several_namespaces_is_one_retrieval(traced: Recorder, indexes: Callable[[], Any]) -> None:
    indexes().query_namespaces(**SPACES)
    assert traced.tree() == ["retrieval books"]
    assert traced.attributes()["db.operation.name"] == "query_namespaces"


async def test_an_awaited_query_of_several_namespaces_is_one_retrieval(traced: Recorder, aindex: Any) -> None:
    await aindex.query_namespaces(**SPACES)
    assert traced.tree() == ["retrieval books"]


def test_what_several_namespaces_hold_is_content(shown: Recorder, indexes: Callable[[], Any]) -> None:
    indexes().query_namespaces(**SPACES, include_metadata=True)
    found = shown.attributes()["gen_ai.retrieval.documents"]
    assert (found.count("Berlin"), found.count("Paris")) in ((2, 0), (1, 1))


async def test_an_asynchronous_search_by_text_has_it_as_content(shown: Recorder, aindex: Any) -> None:
    await aindex.search(namespace="shelf", query={"inputs": {"text": TEXT}, "top_k": 2})
    found = shown.attributes()
    assert found["gen_ai.retrieval.query.text"] == TEXT
    assert "Berlin" in found["gen_ai.retrieval.documents"]


def test_an_upsert_in_batches_is_one_span(traced: Recorder, indexes: Callable[[], Any]) -> None:
    vectors = [{"id": str(at), "values": VECTOR} for at in range(4)]
    indexes().upsert(vectors=vectors, batch_size=2, show_progress=False)
    assert traced.tree() == ["upsert books"]


def test_a_search_for_documents_is_a_retrieval(shown: Recorder, documents: Any) -> None:
    documents.search(namespace="shelf", score_by=CLAUSES, top_k=2, include_fields=["text"])
    found = shown.attributes("retrieval books")
    assert (found["gen_ai.retrieval.query.text"], found["gen_ai.retrieval.top_k"]) == (TEXT, 2)
    assert BOOKS[0][0] in found["gen_ai.retrieval.documents"]


def test_documents_that_are_written_are_not_told(both: Recorder, documents: Any) -> None:
    documents.upsert(namespace="shelf", documents=[{"_id": "1", "text": "Berlin"}])
    assert both.tree() == ["upsert books"]
    assert "Berlin" not in both.everything()


async def test_gathered_queries_are_siblings(traced: Recorder, aindex: Any) -> None:
    await asyncio.gather(*(aindex.query(vector=VECTOR, top_k=2) for _ in range(3)))
    assert traced.tree() == ["retrieval books"] * 3


@pytest.mark.parametrize(
    ("address", "index"),
    [
        ("books-c01b5b5.svc.aped-4627-b74a.pinecone.io", "books"),
        ("my-old-books-c01b5b5.svc.us-west1-gcp.pinecone.io", "my-old-books"),
        ("127.0.0.1", None),
        ("gateway.example.com", None),
        (None, None),
    ],
)
def test_the_name_of_an_index_is_read_from_its_address(address: str | None, index: str | None) -> None:
    assert pinecone_matches.index(address) == index
