# SPDX-License-Identifier: Apache-2.0
"""Chroma: collections in this process, in a file, or of a server, plain and asynchronous."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_COLLECTIONS = (
    ("chromadb.api.models.Collection", "Collection"),
    ("chromadb.api.models.AsyncCollection", "AsyncCollection"),
)
_PLAIN = ("add", "upsert", "update", "delete", "get", "peek", "count")


class ChromaInstrumentor(Instrumentor):
    """Patches the methods of collections; Chroma's own telemetry stays as the application has it."""

    supports = ("chromadb >= 1.0, < 2",)
    watches = ("chromadb",)
    captures = (
        "searches of collections (query, search); what is added, updated, deleted and read as database calls"
    )

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._dialects import chroma_results as chroma
        from spanwright.instrumentors._families.servers import Servers
        from spanwright.instrumentors._families.stores import Place, Search, Store

        servers = Servers("chroma")

        def place(collection: Any, told: dict[str, Any]) -> Place:
            del told
            # Only the clients of a server have an address.
            url = getattr(getattr(collection, "_client", None), "_api_url", None)
            if url is None:
                return Place(collection.name)
            server = servers.of(None, url)
            return Place(collection.name, server.address, server.port)

        store = Store(telemetry, "chroma", place)
        query = store.search("query", Search(chroma.top, chroma.documents, chroma.query))
        search = store.search("search", Search(chroma.limit, chroma.documents, chroma.ranked))
        plain = {name: store.plain(name) for name in _PLAIN}
        for module, kind in _COLLECTIONS:
            yield Patch(module, f"{kind}.query", query)
            yield Patch(module, f"{kind}.search", search, optional=True)  # since 1.2
            for name, wrapper in plain.items():
                yield Patch(module, f"{kind}.{name}", wrapper)
