# SPDX-License-Identifier: Apache-2.0
"""Weaviate's client (version 4), plain and asynchronous: what it sends over gRPC, and its data methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CONNECTIONS = "weaviate.connect.v4"
_DATA = "weaviate.collections.data.executor"
# `ingest` came later than the others.
_OVER_REST = ("insert", "replace", "update", "delete_by_id")
_OVER_GRPC = ("insert_many", "delete_many", "ingest")


class WeaviateInstrumentor(Instrumentor):
    """Patches the connections, which every search and batch passes, and the methods that write and delete data."""

    supports = ("weaviate-client >= 4.15, < 5",)
    watches = ("weaviate",)
    captures = "queries (near text, vector, object and media, hybrid, bm25), also generative; data, batches and aggregates as database calls"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._dialects import weaviate_search as weaviate
        from spanwright.instrumentors._families.stores import Asked, Place, Search, Store

        search = Search(
            lambda told: weaviate.top(told["request"]),
            weaviate.documents,
            lambda told: weaviate.query(told["request"]),
        )

        def asked(told: dict[str, Any]) -> Asked:
            way = weaviate.way(told["request"])
            return Asked("fetch_objects") if way is None else Asked(way, search)

        def sent(connection: Any, told: dict[str, Any]) -> Place:
            server = connection._connection_params.grpc  # noqa: SLF001 - the addresses that it was made with
            return Place(weaviate.collection(told["request"]), server.host, server.port)

        def kept(data: Any, told: dict[str, Any]) -> Place:
            del told
            server = data._connection._connection_params.http  # noqa: SLF001 - as above
            return Place(data.name, server.host, server.port)

        def many(data: Any, told: dict[str, Any]) -> Place:
            del told
            server = data._connection._connection_params.grpc  # noqa: SLF001 - as above
            return Place(data.name, server.host, server.port)

        connections = Store(telemetry, "weaviate", sent)
        for connection in ("ConnectionSync", "ConnectionAsync"):
            yield Patch(_CONNECTIONS, f"{connection}.grpc_search", connections.call("grpc_search", asked))
            for method, word in (("grpc_aggregate", "aggregate"), ("grpc_batch_objects", "batch_objects")):
                yield Patch(_CONNECTIONS, f"{connection}.{method}", connections.plain(method, word))
        # The same store: what a data method sends over gRPC is a part of its call.
        for store, names in ((connections.at(kept), _OVER_REST), (connections.at(many), _OVER_GRPC)):
            for name in names:
                target = f"_DataCollectionExecutor.{name}"
                yield Patch(_DATA, target, store.plain(name), optional=name == "ingest")
