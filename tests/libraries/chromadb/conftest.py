# SPDX-License-Identifier: Apache-2.0
"""Chroma instrumented: collections in this process, in a file, and of a server that the reference provider plays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import chromadb
import pytest
from chromadb.config import Settings

from alike.remote_stores import Remote
from alike.store_cassettes import Taped
from alike.stores import BOOKS, TEXT, VECTOR, Stored, done
from cassette import SERVER
from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.chroma import WIRE

if TYPE_CHECKING:
    from pathlib import Path

# Rankings came with 1.2.
pytest_runtest_call = lacking("chromadb", "1.4", "cannot import name")
IDS = [str(at) for at, _ in enumerate(BOOKS, 1)]


class Letters(chromadb.EmbeddingFunction[Any]):
    """Makes vectors of texts, in this process."""

    def __init__(self) -> None:
        pass

    def __call__(self, input: Any) -> Any:
        return [VECTOR for _ in input]

    @staticmethod
    def name() -> str:
        return "letters"

    def get_config(self) -> dict[str, Any]:
        return {}

    @staticmethod
    def build_from_config(config: dict[str, Any]) -> Letters:
        return Letters()


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
def books() -> dict[str, Any]:
    """Return the books as a collection takes them."""
    texts, vectors, metadatas = (list(each) for each in zip(*BOOKS, strict=True))
    return {"ids": IDS, "embeddings": vectors, "documents": texts, "metadatas": metadatas}


@pytest.fixture(params=["memory", "file", "http", "async"])
async def collection(
    request: pytest.FixtureRequest, provider: Provider, tmp_path: Path, books: dict[str, Any]
) -> Any:
    """Return a collection that holds the books, of each kind of client."""
    # A client writes into the settings that it is given.
    quiet = Settings(anonymized_telemetry=False)
    at = {"host": "127.0.0.1", "port": int(provider.url.rpartition(":")[2]), "settings": quiet}
    if request.param == "memory":
        client: Any = chromadb.EphemeralClient(settings=quiet)
    elif request.param == "file":
        client = chromadb.PersistentClient(str(tmp_path), settings=quiet)
    elif request.param == "http":
        client = chromadb.HttpClient(**at)
    else:
        client = await chromadb.AsyncHttpClient(**at)
    if request.param == "memory":
        # All clients in memory share what they hold.
        for each in client.list_collections():
            client.delete_collection(each.name)
    made = await done(lambda: client.create_collection("books", embedding_function=Letters()))
    await done(lambda: made.add(**books))
    return made


@pytest.fixture
def address(collection: Any, server: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes that name the server, if there is one."""
    return server if hasattr(collection._client, "_api_url") else {}


@pytest.fixture
def store(collection: Any, address: dict[str, Any], books: dict[str, Any]) -> Stored:
    """Return the collection as the shared tests call it."""
    first = {name: values[:1] for name, values in books.items()}
    near = 0.02
    return Stored(
        "chroma",
        "books",
        {"query": lambda: collection.query(query_texts=[TEXT], n_results=2)},
        {
            "add": lambda: collection.add(**first),
            "upsert": lambda: collection.upsert(**first),
            "update": lambda: collection.update(**first),
            "get": lambda: collection.get(ids=["1"]),
            "peek": lambda: collection.peek(1),
            "count": lambda: collection.count(),
            "delete": lambda: collection.delete(ids=["2"]),
        },
        lambda: collection.query(query_embeddings=[[1.0, 2.0, 3.0]]),
        "chromadb.errors.InvalidArgumentError",
        [
            {"id": id, "score": pytest.approx(score), "content": text, "metadata": metadata}
            for id, score, (text, _, metadata) in zip(IDS, (near, 1.62), BOOKS, strict=True)
        ],
        (collection, "query"),
        address,
        TEXT,
    )


@pytest.fixture
async def remote(provider: Provider, books: dict[str, Any]) -> Remote:
    """Return searches of a server's collection."""
    at: dict[str, Any] = {"host": "127.0.0.1", "port": int(provider.url.rpartition(":")[2])}
    plain = chromadb.HttpClient(**at, settings=Settings(anonymized_telemetry=False))
    client = await chromadb.AsyncHttpClient(**at, settings=Settings(anonymized_telemetry=False))
    made = plain.create_collection("books", embedding_function=Letters())
    amade = await client.create_collection("books", embedding_function=Letters())
    return Remote(
        lambda: made.query(query_texts=[TEXT], n_results=2),
        lambda: amade.query(query_texts=[TEXT], n_results=2),
        "/query",
        {
            400: "chromadb.errors.InvalidArgumentError",
            401: "chromadb.errors.ChromaAuthError",
            404: "chromadb.errors.NotFoundError",
        },
    )


@pytest.fixture
def taped(proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> Taped:
    """Return calls of a fixed address."""
    if proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
    at: dict[str, Any] = {"host": "provider.test", "port": 80}

    def made() -> Any:
        client = chromadb.HttpClient(**at, settings=Settings(anonymized_telemetry=False))
        return client.create_collection("books", embedding_function=Letters())

    async def asearch() -> Any:
        client = await chromadb.AsyncHttpClient(**at, settings=Settings(anonymized_telemetry=False))
        found = await client.create_collection("books", embedding_function=Letters())
        return await found.query([VECTOR], n_results=2)

    return Taped(
        "chroma",
        lambda: made().query(query_embeddings=[VECTOR], n_results=2),
        asearch,
        lambda: made().upsert(ids=["1"], embeddings=[VECTOR]),
        lambda: made().query(query_embeddings=[[1.0, 2.0, 3.0]], n_results=2),
        ("query", "upsert"),
        SERVER,
    )
