# SPDX-License-Identifier: Apache-2.0
"""Milvus: what its SDK sends over gRPC for its client, its asynchronous client and its collections, also to Milvus Lite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_HANDLERS = (
    ("pymilvus.client.grpc_handler", "GrpcHandler"),
    ("pymilvus.client.async_grpc_handler", "AsyncGrpcHandler"),
)
_SEARCHES = ("search", "hybrid_search")
# The handlers' methods, and the word that every client has for them.
_PLAIN = {
    "insert_rows": "insert",
    "batch_insert": "insert",
    "upsert": "upsert",
    "upsert_rows": "upsert",
    "delete": "delete",
    "query": "query",
    "get": "query",
}
# Only the plain handler, or only before 3.0.
_SOME = ("batch_insert", "get")


class MilvusInstrumentor(Instrumentor):
    """Patches the handlers beneath all clients, around their retries."""

    supports = ("pymilvus >= 2.6, < 4",)
    watches = ("pymilvus",)
    captures = "searches and hybrid searches of clients and collections; inserts, upserts, deletes and queries as database calls"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._dialects import milvus_hits as milvus
        from spanwright.instrumentors._families.stores import Search, Store

        store = Store(telemetry, "milvus", _place)
        search = Search(milvus.top, lambda value: milvus.documents(_plain(value)), milvus.query)
        searches = {name: store.search(name, search) for name in _SEARCHES}
        plain = {name: store.plain(name, word) for name, word in _PLAIN.items()}
        for module, handler in _HANDLERS:
            for name, wrapper in (*searches.items(), *plain.items()):
                yield Patch(module, f"{handler}.{name}", wrapper, optional=name in _SOME)


def _place(handler: Any, told: dict[str, Any]) -> Any:
    from spanwright.instrumentors._families.stores import Place

    name, address = told.get("collection_name"), getattr(handler, "_address", None)
    host, _, port = address.rpartition(":") if isinstance(address, str) else ("", "", "")
    # Older versions of Milvus Lite listen at a file.
    return Place(name, host, int(port)) if host and port.isdecimal() else Place(name)


def _plain(value: Any) -> Any:
    """Return hits as plain data: lists and mappings of classes of their own, which read what is lazy."""
    if not isinstance(value, list):
        return None
    found = cast("list[Any]", value)
    return [[dict(hit) for hit in hits if isinstance(hit, Mapping)] for hits in found]  # pyright: ignore[reportUnknownArgumentType] - of the SDK's own kind
