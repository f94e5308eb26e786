# SPDX-License-Identifier: Apache-2.0
"""What Milvus alone has: collections as objects, pages of a search, and keys by other names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from alike.stores import VECTOR

if TYPE_CHECKING:
    from pymilvus import MilvusClient

    from harness import Recorder


def test_what_is_read_by_its_key_is_a_query(books: MilvusClient, traced: Recorder) -> None:
    assert books.get("books", ids=[1])
    assert traced.tree() == ["query books"]


def test_several_vectors_are_one_retrieval(books: MilvusClient, shown: Recorder) -> None:
    books.search("books", [VECTOR, VECTOR], limit=1)
    found = json.loads(shown.attributes()["gen_ai.retrieval.documents"])
    assert [each["id"] for each in found] == ["1", "1"]


def test_vectors_are_no_content(books: MilvusClient, shown: Recorder) -> None:
    books.search("books", [VECTOR], limit=1, output_fields=["vector", "text"])
    (found,) = json.loads(shown.attributes()["gen_ai.retrieval.documents"])
    assert found == {
        "id": "1",
        "score": pytest.approx(0.994, abs=0.001),
        "content": "Berlin is the capital of Germany.",
    }


def test_every_page_of_a_search_is_one_retrieval(books: MilvusClient, traced: Recorder) -> None:
    pages = books.search_iterator("books", [VECTOR], batch_size=1, limit=2)
    found: list[Any] = []
    while page := pages.next():
        found += page
    pages.close()
    assert len(found) == 2
    assert set(traced.tree()) == {"retrieval books"}
