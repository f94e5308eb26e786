# SPDX-License-Identifier: Apache-2.0
"""Qdrant's client instrumented: in this process, in a folder, and of servers on 127.0.0.1 over REST and gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from qdrant_client import AsyncQdrantClient, QdrantClient, models

from alike.remote_stores import Remote
from alike.store_cassettes import Taped
from alike.stores import BOOKS, TEXT, VECTOR, Stored, done
from cassette import ADDRESS
from spanwright.console.provider import Provider, Wire
from wires.qdrant import SCORES, WIRE
from wires.qdrant_points import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

KINDS = {
    "memory": QdrantClient,
    "folder": QdrantClient,
    "rest": QdrantClient,
    "grpc": QdrantClient,
    "async-memory": AsyncQdrantClient,
    "async-rest": AsyncQdrantClient,
    "async-grpc": AsyncQdrantClient,
}
BY_TEXT = models.Document(text=TEXT, model="test", options={})
WRONG = [1.0, 2.0, 3.0]


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
def grpc_port() -> Iterator[int]:
    """Return the port of a server of gRPC."""
    with listening() as port:
        yield port


@pytest.fixture
def points() -> list[models.PointStruct]:
    """Return the books as points."""
    return [
        models.PointStruct(id=at, vector=vector, payload={"text": text, **told})
        for at, (text, vector, told) in enumerate(BOOKS, 1)
    ]


@pytest.fixture(params=KINDS)
async def client(request: pytest.FixtureRequest, tmp_path: Path, points: Any) -> AsyncIterator[Any]:
    """Return a client of each kind, with the books in its collection."""
    make, place = KINDS[request.param], request.param.rpartition("-")[2]
    if place in ("memory", "folder"):
        made: Any = make(":memory:") if place == "memory" else make(path=str(tmp_path))
        size = models.VectorParams(size=2, distance=models.Distance.COSINE)
        await done(lambda: made.create_collection("books", vectors_config=size))
        await done(lambda: made.upsert("books", points))
    else:
        provider: Provider = request.getfixturevalue("provider")
        options: dict[str, Any] = {"cloud_inference": True, "check_compatibility": False}
        if place == "grpc":
            options |= {"prefer_grpc": True, "grpc_port": request.getfixturevalue("grpc_port")}
        made = make(url=provider.url, **options)
    yield made
    await done(made.close)


@pytest.fixture
def address(request: pytest.FixtureRequest, client: Any) -> dict[str, Any]:
    """Return the attributes that name the server, if there is one."""
    kind: str = request.node.callspec.params["client"]
    if "grpc" in kind:
        return {"server.address": "127.0.0.1", "server.port": request.getfixturevalue("grpc_port")}
    return request.getfixturevalue("server") if "rest" in kind else {}


@pytest.fixture
def store(client: Any, address: dict[str, Any], points: list[models.PointStruct]) -> Stored:
    """Return the collection as the shared tests call it."""
    first, request = points[:1], models.QueryRequest(query=VECTOR, limit=2, with_payload=True)
    return Stored(
        "qdrant",
        "books",
        {
            "query_points": lambda: client.query_points("books", BY_TEXT if address else VECTOR, limit=2),
            "query_batch_points": lambda: client.query_batch_points("books", [request]),
            "query_points_groups": lambda: client.query_points_groups("books", "page", VECTOR, limit=2),
        },
        {
            "upsert": lambda: client.upsert("books", first),
            "upload_points": lambda: client.upload_points("books", first),
            "set_payload": lambda: client.set_payload("books", {"page": 11}, points=[1]),
            "retrieve": lambda: client.retrieve("books", [1]),
            "scroll": lambda: client.scroll("books"),
            "count": lambda: client.count("books"),
            "delete": lambda: client.delete("books", [2]),
        },
        lambda: client.query_points("books", WRONG),
        _failure(client),
        [
            {"id": str(at), "score": pytest.approx(score, abs=0.001), "content": text, "metadata": told}
            for at, score, (text, _, told) in zip((1, 2), SCORES, BOOKS, strict=True)
        ],
        (client, "query_points"),
        address,
        TEXT if address else None,
    )


def _failure(client: Any) -> str:
    """Return the class of the error of a vector of the wrong size."""
    inner = client._client
    if not hasattr(inner, "_prefer_grpc"):
        return "ValueError"
    if not inner._prefer_grpc:
        return "qdrant_client.http.exceptions.UnexpectedResponse"
    plain = isinstance(client, QdrantClient)
    return "grpc._channel._InactiveRpcError" if plain else "grpc.aio._call.AioRpcError"


@pytest.fixture
async def remote(provider: Provider) -> AsyncIterator[Remote]:
    """Return searches of a server's collection."""
    plain = QdrantClient(url=provider.url, check_compatibility=False)
    client = AsyncQdrantClient(url=provider.url, check_compatibility=False)
    refused = "qdrant_client.http.exceptions.UnexpectedResponse"
    yield Remote(
        lambda: plain.query_points("books", VECTOR, limit=2),
        lambda: client.query_points("books", VECTOR, limit=2),
        "/points/query",
        dict.fromkeys((400, 401, 404), refused),
    )
    plain.close()
    await client.close()


@pytest.fixture
def taped(proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Taped]:
    """Return calls of a fixed address."""
    if proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
    at: dict[str, Any] = {"url": ADDRESS, "check_compatibility": False}

    plain, client = QdrantClient(**at), AsyncQdrantClient(**at)

    async def asearch() -> Any:
        try:
            return await client.query_points("books", VECTOR, limit=2)
        finally:
            await client.close()

    yield Taped(
        "qdrant",
        lambda: plain.query_points("books", VECTOR, limit=2),
        asearch,
        lambda: plain.upsert("books", [models.PointStruct(id=1, vector=VECTOR)]),
        lambda: plain.query_points("books", WRONG, limit=2),
        ("query_points", "upsert"),
        {"server.address": "provider.test", "server.port": 6333},
    )
    plain.close()
