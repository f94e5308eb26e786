# SPDX-License-Identifier: Apache-2.0
"""LanceDB: queries where they are run, plain and asynchronous, and what is written into tables, local or remote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_QUERIES = "lancedb.query"
# What lists, data frames and models of a query are made from.
_RUNS = ("to_arrow", "to_batches")
# By the kinds of queries, plain and asynchronous: what each is called here.
_SEARCHES = {
    "vector_search": ("LanceVectorQueryBuilder", "AsyncVectorQuery"),
    "full_text_search": ("LanceFtsQueryBuilder", "AsyncFTSQuery"),
    "hybrid_search": ("LanceHybridQueryBuilder", "AsyncHybridQuery"),
}
_READS = ("LanceEmptyQueryBuilder", "AsyncQuery")
# A plain table, local or remote, runs these of an asynchronous one.
_PLAIN = ("add", "update", "delete", "count_rows")


class LanceInstrumentor(Instrumentor):
    """Patches the methods that run queries, and those of the tables beneath all others."""

    supports = ("lancedb >= 0.22, < 1",)
    watches = ("lancedb",)
    captures = "vector, full-text and hybrid searches; rows added, merged, updated, deleted and read as database calls"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families.stores import Place, Search, Store, carried
        from spanwright.instrumentors.lancedb import queries

        def place(holder: Any, told: dict[str, Any]) -> Place:
            del told
            return Place(queries.table(holder))

        store = Store(telemetry, "lancedb", place)
        search = Search(queries.top, queries.documents, queries.text)
        for word, kinds in _SEARCHES.items():
            for method in _RUNS:
                wrapper = store.search(method, search, word)
                for kind in kinds:
                    yield Patch(_QUERIES, f"{kind}.{method}", wrapper)
        # Both halves of a hybrid search.
        yield Patch(_QUERIES, "ThreadPoolExecutor", carried)
        for method in _RUNS:
            wrapper = store.plain(method, "query")
            for kind in _READS:
                yield Patch(_QUERIES, f"{kind}.{method}", wrapper)
        for method in _PLAIN:
            yield Patch("lancedb.table", f"AsyncTable.{method}", store.plain(method))
        merge = store.plain("execute", "merge_insert")
        yield Patch("lancedb.merge", "LanceMergeInsertBuilder.execute", merge)
