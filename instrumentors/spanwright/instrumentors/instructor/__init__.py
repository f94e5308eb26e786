# SPDX-License-Identifier: Apache-2.0
"""Instructor: one step around all attempts to get a valid answer; the attempts are the calls of the client beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# What every patched `create` calls, looked up when it is called, so that clients made before are covered: where it has
# been since 1.15, from 1.11, and before that. Its own hooks cannot replace it: they tell of no beginning, no end and no stream.
_PLACES = (
    ("instructor.v2.core.patch", ("retry_sync_v2", "retry_async_v2")),
    ("instructor.core.patch", ("retry_sync", "retry_async")),
    ("instructor.patch", ("retry_sync", "retry_async")),
)


class InstructorInstrumentor(Instrumentor):
    """Wraps what runs the attempts."""

    supports = ("instructor >= 1.3.7, < 2",)
    watches = ("instructor",)
    captures = "structured answers with their retries as one step around the client's calls"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.instructor.extraction import Extractions

        retried = traced(Extractions(telemetry))
        for module, names in _PLACES:
            for name in names:
                yield Patch(module, name, retried, optional=True)
