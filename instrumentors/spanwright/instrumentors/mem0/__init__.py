# SPDX-License-Identifier: Apache-2.0
"""Mem0: memories of the hosted service, and of a store that this process keeps itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_HOSTED = ("MemoryClient", "AsyncMemoryClient")
_OWN = ("Memory", "AsyncMemory")


class Mem0Instrumentor(Instrumentor):
    """Spans of memory operations; model calls, embeddings and searches inside are the clients' own."""

    supports = ("mem0ai >= 1.0, < 3",)
    watches = ("mem0",)
    captures = "memories added, searched, listed, read, updated and deleted, hosted and in this process"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch]:
        """Patch each operation of the four classes, which have no seam in common."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.mem0.operations import BATCHES, METHODS, Method

        for method in (*METHODS, *BATCHES):
            hosted = traced(Method(telemetry, method, hosted=True))
            for owner in _HOSTED:
                yield Patch("mem0.client.main", f"{owner}.{method}", hosted)
        for method in METHODS:
            own = traced(Method(telemetry, method, hosted=False))
            for owner in _OWN:
                yield Patch("mem0.memory.main", f"{owner}.{method}", own)
