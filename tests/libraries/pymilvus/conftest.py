# SPDX-License-Identifier: Apache-2.0
"""Milvus's SDK instrumented: its clients and collections ask Milvus Lite, a server on 127.0.0.1, over gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymilvus import AnnSearchRequest, AsyncMilvusClient, MilvusClient, RRFRanker

from alike.stores import BOOKS, VECTOR, Stored, done

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

SCORES = (0.994, 0.11)


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    """Return the books as rows."""
    return [
        {"id": at, "vector": vector, "text": text, **told} for at, (text, vector, told) in enumerate(BOOKS, 1)
    ]


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Return the file of Milvus Lite."""
    return str(tmp_path / "milvus.db")


@pytest.fixture
def books(file: str, rows: list[dict[str, Any]]) -> Iterator[MilvusClient]:
    """Return a client whose collection holds the books."""
    made = MilvusClient(file)
    made.create_collection("books", dimension=2)
    made.insert("books", rows)
    yield made
    made.close()


@pytest.fixture(params=["plain", "async"])
async def client(request: pytest.FixtureRequest, books: MilvusClient, file: str) -> AsyncIterator[Any]:
    """Return a client of each kind."""
    if request.param == "plain":
        yield books
    else:
        made = AsyncMilvusClient(file)
        yield made
        await made.close()


@pytest.fixture
async def handler(client: Any) -> Any:
    """Return what the client sends by."""
    held = getattr(client, "_get_connection", None)
    return await done(held) if held is not None else client._handler


@pytest.fixture
def address(handler: Any) -> dict[str, Any]:
    """Return the attributes that name the server."""
    host, _, port = handler._address.rpartition(":")
    return {"server.address": host, "server.port": int(port)}


@pytest.fixture
def store(client: Any, handler: Any, address: dict[str, Any], rows: list[dict[str, Any]]) -> Stored:
    """Return the collection as the shared tests call it."""
    both = [AnnSearchRequest([VECTOR], "vector", {}, 2), AnnSearchRequest([VECTOR], "vector", {}, 2)]
    names = ["text", "page"]
    return Stored(
        "milvus",
        "books",
        {
            "search": lambda: client.search("books", [VECTOR], limit=2, output_fields=names),
            "hybrid_search": lambda: client.hybrid_search("books", both, RRFRanker(), limit=2),
        },
        {
            "insert": lambda: client.insert("books", [{**rows[0], "id": 3}]),
            "upsert": lambda: client.upsert("books", rows[:1]),
            "query": lambda: client.query("books", "id == 1"),
            "delete": lambda: client.delete("books", [2]),
        },
        lambda: client.search("nowhere", [VECTOR], limit=2),
        "pymilvus.exceptions.MilvusException",
        [
            {"id": str(at), "score": pytest.approx(score, abs=0.001), "content": text, "metadata": told}
            for at, score, (text, _, told) in zip((1, 2), SCORES, BOOKS, strict=True)
        ],
        (handler, "search"),
        address,
    )
