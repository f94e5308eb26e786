# SPDX-License-Identifier: Apache-2.0
"""Weaviate's client instrumented: its plain and its asynchronous class ask a server on 127.0.0.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import weaviate
from weaviate.classes.query import Filter, MetadataQuery

from alike.stores import BOOKS, TEXT, VECTOR, Stored, done
from spanwright.console.provider import Wire
from wires.weaviate import WIRE
from wires.weaviate_service import DISTANCES, IDS, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

NEAR = MetadataQuery(distance=True)


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
def grpc_port() -> Iterator[int]:
    """Return the port of a server of gRPC."""
    with listening() as port:
        yield port


@pytest.fixture(params=["plain", "async"])
async def client(
    request: pytest.FixtureRequest, server: dict[str, Any], grpc_port: int
) -> AsyncIterator[Any]:
    """Return a client of each kind."""
    at = {
        "http_host": "127.0.0.1",
        "http_port": server["server.port"],
        "http_secure": False,
        "grpc_host": "127.0.0.1",
        "grpc_port": grpc_port,
        "grpc_secure": False,
        "skip_init_checks": True,
    }
    if request.param == "plain":
        made: Any = weaviate.connect_to_custom(**at)
    else:
        made = weaviate.use_async_with_custom(**at)
        await made.connect()
    yield made
    await done(made.close)


@pytest.fixture
def store(client: Any, grpc_port: int) -> Stored:
    """Return a collection as the shared tests call it."""
    books = client.collections.get("Books")
    query, first = books.query, BOOKS[0][2]
    return Stored(
        "weaviate",
        "Books",
        {
            "near_text": lambda: query.near_text(TEXT, limit=2, return_metadata=NEAR),
            "near_vector": lambda: query.near_vector(VECTOR, limit=2),
            "near_object": lambda: query.near_object(IDS[0], limit=2),
            "hybrid": lambda: query.hybrid(TEXT, limit=2),
            "bm25": lambda: query.bm25(TEXT, limit=2),
        },
        {
            "fetch_objects": lambda: query.fetch_objects(limit=1),
            "aggregate": lambda: books.aggregate.over_all(total_count=True),
            "insert_many": lambda: books.data.insert_many([first]),
            "delete_many": lambda: books.data.delete_many(Filter.by_property("page").equal(11)),
        },
        lambda: query.near_vector([1.0, 2.0, 3.0], limit=2),
        "weaviate.exceptions.WeaviateQueryError",
        [
            {"id": id, "score": pytest.approx(distance), "content": text, "metadata": told}
            for id, distance, (text, _, told) in zip(IDS, DISTANCES, BOOKS, strict=True)
        ],
        (client._connection, "grpc_search"),
        {"server.address": "127.0.0.1", "server.port": grpc_port},
        TEXT,
    )
