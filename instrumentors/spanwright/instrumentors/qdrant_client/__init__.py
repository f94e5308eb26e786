# SPDX-License-Identifier: Apache-2.0
"""Qdrant: collections in this process, in a folder, or of a server over REST and gRPC, plain and asynchronous."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CLIENTS = (
    ("qdrant_client.qdrant_client", "QdrantClient"),
    ("qdrant_client.async_qdrant_client", "AsyncQdrantClient"),
)
_SEARCHES = ("query_points", "query_batch_points", "query_points_groups")
# What 1.16 and 1.17 removed.
_FORMER = (
    "search",
    "search_batch",
    "search_groups",
    "recommend",
    "recommend_batch",
    "recommend_groups",
    "discover",
    "discover_batch",
    "query",
    "query_batch",
)
_PLAIN = (
    "upsert",
    "upload_points",
    "upload_collection",
    "batch_update_points",
    "update_vectors",
    "delete_vectors",
    "set_payload",
    "overwrite_payload",
    "delete_payload",
    "clear_payload",
    "delete",
    "retrieve",
    "scroll",
    "count",
)


class QdrantInstrumentor(Instrumentor):
    """Patches the methods of the clients, around what turns texts into vectors."""

    supports = ("qdrant-client >= 1.15, < 2",)
    watches = ("qdrant_client",)
    captures = "queries (points, batches, groups; search, recommend, discover); writes, deletes and reads as database calls"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._dialects import qdrant_points as qdrant
        from spanwright.instrumentors._families.stores import Search, Store

        store = Store(telemetry, "qdrant", _place)
        search = Search(qdrant.top, qdrant.documents, qdrant.query)
        searches = {name: store.search(name, search) for name in (*_SEARCHES, *_FORMER)}
        plain = {name: store.plain(name) for name in _PLAIN}
        for module, client in _CLIENTS:
            for name, wrapper in (*searches.items(), *plain.items()):
                yield Patch(module, f"{client}.{name}", wrapper, optional=name in _FORMER)


def _place(client: Any, told: dict[str, Any]) -> Any:
    from spanwright.instrumentors._families.stores import Place

    inner = getattr(client, "_client", None)
    host = getattr(inner, "_host", None)
    if host is None:
        # In this process.
        return Place(told.get("collection_name"))
    port = getattr(inner, "_grpc_port" if getattr(inner, "_prefer_grpc", False) else "_port", None)
    return Place(told.get("collection_name"), host, port)
