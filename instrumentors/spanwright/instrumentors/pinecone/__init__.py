# SPDX-License-Identifier: Apache-2.0
"""Pinecone: the indexes of its SDK, plain, asynchronous and over gRPC, and documents since version 10."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_INDEXES = (
    ("pinecone.index", "Index"),
    ("pinecone.async_client.async_index", "AsyncIndex"),
    ("pinecone.grpc", "GrpcIndex"),
    # Before version 9, which was written anew.
    ("pinecone.db_data.index", "Index"),
    ("pinecone.db_data.index_asyncio", "_IndexAsyncio"),
    ("pinecone.grpc.index_grpc", "GRPCIndex"),
)
_DOCUMENTS = (
    ("pinecone.client.documents", "Documents"),
    ("pinecone.async_client.documents", "AsyncDocuments"),
)
_SEARCHES = ("query", "query_namespaces", "search", "search_records")
_PLAIN = (
    "upsert",
    "upsert_from_dataframe",
    "upsert_records",
    "update",
    "delete",
    "fetch",
    "fetch_by_metadata",
)
_PLAIN_DOCUMENTS = ("upsert", "batch_upsert", "update", "delete", "fetch")
# What not every version has, or not over gRPC.
_SOME = ("search", "search_records", "upsert_records", "fetch_by_metadata")


class PineconeInstrumentor(Instrumentor):
    """Patches the methods of indexes; a call inside another one, which makes batches of it, has no span of its own."""

    supports = ("pinecone >= 7.0, < 11",)
    watches = ("pinecone",)
    captures = "queries and searches of indexes, namespaces and documents; writes, deletes and fetches as database calls"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._dialects import pinecone_matches as pinecone
        from spanwright.instrumentors._families.servers import Servers
        from spanwright.instrumentors._families.stores import Place, Search, Store, carried

        servers = Servers("pinecone")

        def place(index: Any, told: dict[str, Any]) -> Place:
            del told
            server = servers.of(None, _host(index))
            return Place(pinecone.index(server.address), server.address, server.port)

        store = Store(telemetry, "pinecone", place)
        search = Search(
            lambda told: pinecone.top(_asked(told)),
            lambda value: pinecone.documents(_plain(value)),
            lambda told: pinecone.query(_asked(told)),
        )
        searches = {name: store.search(name, search) for name in _SEARCHES}
        plain = {name: store.plain(name) for name in (*_PLAIN, *_PLAIN_DOCUMENTS)}
        for module, kind in _INDEXES:
            # Both generations have a module of this name.
            either = kind == "GrpcIndex"
            for name in _SEARCHES:
                yield Patch(module, f"{kind}.{name}", searches[name], optional=either or name in _SOME)
            for name in _PLAIN:
                yield Patch(module, f"{kind}.{name}", plain[name], optional=either or name in _SOME)
        # The queries of several namespaces.
        for module in ("pinecone.index", "pinecone.grpc", "pinecone.grpc.base"):
            yield Patch(module, "ThreadPoolExecutor", carried, optional=True)
        for module, kind in _DOCUMENTS:
            yield Patch(module, f"{kind}.search", searches["search"])
            for name in _PLAIN_DOCUMENTS:
                yield Patch(module, f"{kind}.{name}", plain[name])


def _host(index: Any) -> Any:
    """Return the address of an index, wherever its class keeps it."""
    host = getattr(index, "_host", None)
    if host is None:
        config = getattr(index, "_config", None) or getattr(index, "config", None)
        host = getattr(config, "host", None)
    return host


def _asked(told: dict[str, Any]) -> dict[str, Any]:
    """Return what is read of the arguments, with the SDK's own objects among them as plain data."""
    return {name: _plain(told.get(name)) for name in ("top_k", "inputs", "query", "score_by")}


def _plain(value: Any) -> Any:
    """Return the SDK's objects, which each of its generations makes in another way, as plain data."""
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[Any]", value)]
    if hasattr(value, "to_dict"):
        return value.to_dict()
    held: dict[str, Any] | None = getattr(value, "__dict__", None)
    return value if held is None else {name: _plain(each) for name, each in held.items()}
