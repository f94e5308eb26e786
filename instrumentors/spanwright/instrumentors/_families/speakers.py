# SPDX-License-Identifier: Apache-2.0
"""Instrumentors of SDKs that Stainless generated and that speak OpenAI's protocol: each is a few facts.

Loaded with the entry points, so it imports nothing but the kernel's base class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from spanwright.instrumentors._kernel.instrumentor import Instrumentor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._families.stainless import Endpoints
    from spanwright.instrumentors._kernel.patching import OnImport, Patch
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Speaker(Instrumentor):
    """Patches the two methods that every request passes, and `close` of what may end a stream early.

    `clients` are classes of the first module that is watched, `provider` is the name at a host that nobody knows, and
    `speaks` names groups of endpoints; see `endpoints.GROUPS`. `helpers` are stream helpers of the SDK, by module.
    """

    clients: ClassVar[tuple[str, ...]] = ()
    provider: ClassVar[str] = ""
    speaks: ClassVar[tuple[str, ...]] = ()
    helpers: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]] = ()

    def endpoints(self, telemetry: Telemetry) -> Endpoints:
        """Return what knows the endpoints."""
        del telemetry
        from spanwright.instrumentors._families.endpoints import GROUPS, PostEndpoints

        return PostEndpoints(self.provider, {k: v for name in self.speaks for k, v in GROUPS[name].items()})

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families import stainless

        yield from stainless.patches(telemetry, self.watches[0], self.clients, self.endpoints(telemetry))
        for module, names in self.helpers:
            yield from stainless.helpers(module, names)
