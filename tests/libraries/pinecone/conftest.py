# SPDX-License-Identifier: Apache-2.0
"""Pinecone's SDK instrumented: an index that the reference provider plays as a proxy, and one over gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pinecone
import pytest
from pinecone import grpc

from alike.remote_stores import Remote
from alike.store_cassettes import Taped
from alike.stores import BOOKS, TEXT, VECTOR, Stored
from lacking import lacking
from spanwright.console.provider import Provider, Wire
from wires.pinecone import SCORES, WIRE
from wires.pinecone_vectors import WRONG, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

pytest_runtest_call = lacking("pinecone", "10")
HOST = "books-c01b5b5.svc.test.pinecone.io"
REWRITTEN = int(pinecone.__version__.partition(".")[0]) >= 9


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
async def aindex(provider: Provider) -> AsyncIterator[Any]:
    """Return an asynchronous index."""
    async with pinecone.PineconeAsyncio(api_key="test", proxy_url=provider.url) as client:
        async with client.IndexAsyncio(host=f"http://{HOST}") as made:
            yield made


@pytest.fixture
def indexes(provider: Provider) -> Iterator[Callable[[], Any]]:
    """Return what makes an index: since version 9 one keeps the methods that its class had when it was made."""
    made: list[Any] = []

    def make() -> Any:
        client = pinecone.Pinecone(api_key="test", proxy_url=provider.url)
        made.append(client.Index(host=f"http://{HOST}"))
        return made[-1]

    yield make
    for each in made:
        each.close()


def _first() -> list[Any]:
    """Return the first book, anew for each call: over gRPC the SDK writes into what it is given."""
    return [{"id": "1", "values": BOOKS[0][1], "metadata": dict(BOOKS[0][2])}]


def _remote(index: Callable[[], Any]) -> Stored:
    return Stored(
        "pinecone",
        "books",
        {
            "query": lambda: index().query(vector=VECTOR, top_k=2, include_metadata=True),
            "search": lambda: index().search(
                namespace="shelf", query={"inputs": {"text": TEXT}, "top_k": 2}, fields=["*"]
            ),
        },
        {
            "upsert": lambda: index().upsert(vectors=_first()),
            "upsert_records": lambda: index().upsert_records(
                namespace="shelf", records=[{"_id": "1", "text": "Berlin"}]
            ),
            "update": lambda: index().update(id="1", values=[1.0, 0.0]),
            "fetch": lambda: index().fetch(ids=["1"]),
            "delete": lambda: index().delete(ids=["2"]),
        },
        lambda: index().query(vector=[1.0, 2.0, 3.0], top_k=2),
        "pinecone.errors.exceptions.ApiError"
        if REWRITTEN
        else "pinecone.exceptions.exceptions.PineconeApiException",
        _found(),
        (index(), "query"),
        {"server.address": HOST, "server.port": 80},
    )


def _found() -> list[dict[str, Any]]:
    return [
        {"id": str(at), "score": pytest.approx(score), "content": text, "metadata": told}
        for at, (score, (text, _, told)) in enumerate(zip(SCORES, BOOKS, strict=True), 1)
    ]


@pytest.fixture(params=["rest", "async", "grpc"])
def store(request: pytest.FixtureRequest) -> Any:
    """Return an index of each kind as the shared tests call it."""
    if request.param == "rest":
        yield _remote(request.getfixturevalue("indexes"))
    elif request.param == "async":
        made = request.getfixturevalue("aindex")
        yield _remote(lambda: made)
    else:
        with listening() as port:
            index = _over_grpc(port)
            yield _local(index, port)
            index.close()


def _over_grpc(port: int) -> Any:
    address = f"127.0.0.1:{port}"
    if REWRITTEN:
        index: Any = grpc.GrpcIndex(host=address, api_key="test", secure=False, grpc_scheme="http")
    else:
        plain = grpc.GRPCClientConfig(secure=False)
        index = grpc.PineconeGRPC(api_key="test").Index(host=address, grpc_config=plain)
    return index


def _local(index: Any, port: int) -> Stored:
    return Stored(
        "pinecone",
        "",
        {"query": lambda: index.query(vector=VECTOR, top_k=2, include_metadata=True)},
        {
            "upsert": lambda: index.upsert(vectors=_first()),
            "update": lambda: index.update(id="1", values=[1.0, 0.0]),
            "fetch": lambda: index.fetch(ids=["1"]),
            "delete": lambda: index.delete(ids=["2"]),
        },
        lambda: index.query(vector=VECTOR, top_k=2, namespace=WRONG),
        "pinecone.errors.exceptions.ApiError"
        if REWRITTEN
        else "pinecone.exceptions.exceptions.PineconeException",
        _found(),
        (index, "query"),
        {"server.address": "127.0.0.1", "server.port": port},
    )


@pytest.fixture
def remote(indexes: Callable[[], Any], aindex: Any) -> Remote:
    """Return searches of a server's index."""
    found = "pinecone.errors.exceptions." if REWRITTEN else "pinecone.exceptions.exceptions."
    names = ("ApiError", "UnauthorizedError", "NotFoundError")
    former = ("PineconeApiException", "UnauthorizedException", "NotFoundException")
    return Remote(
        lambda: indexes().query(vector=VECTOR, top_k=2),
        lambda: aindex.query(vector=VECTOR, top_k=2),
        "/query",
        dict(
            zip((400, 401, 404), (f"{found}{each}" for each in (names if REWRITTEN else former)), strict=True)
        ),
        # Its plain client hands posts to a transport, past the client of httpx.
        httpx=False,
        ahttpx=REWRITTEN,
    )


@pytest.fixture
def taped(proxy: str | None) -> Iterator[Taped]:
    """Return calls of a fixed address."""
    options: dict[str, Any] = {"api_key": "test", **({"proxy_url": proxy} if proxy else {})}

    opened: list[Any] = []

    def made() -> Any:
        opened.append(pinecone.Pinecone(**options).Index(host=f"http://{HOST}"))
        return opened[-1]

    async def asearch() -> Any:
        async with pinecone.PineconeAsyncio(**options) as client:
            async with client.IndexAsyncio(host=f"http://{HOST}") as index:
                return await index.query(vector=VECTOR, top_k=2)

    yield Taped(
        "pinecone",
        lambda: made().query(vector=VECTOR, top_k=2, include_metadata=True),
        asearch,
        lambda: made().upsert(vectors=_first()),
        lambda: made().query(vector=[1.0, 2.0, 3.0], top_k=2),
        ("query", "upsert"),
        {"server.address": HOST, "server.port": 80},
    )
    for each in opened:
        each.close()
