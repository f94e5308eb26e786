# SPDX-License-Identifier: Apache-2.0
"""xAI's SDK, which speaks gRPC and traces itself: chats, images, stored completions and the search of collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class XaiInstrumentor(Instrumentor):
    """Patches the public methods that ask a model: the SDK has no place that all of them pass."""

    supports = ("xai-sdk >= 1.0, < 2",)
    watches = ("xai_sdk",)
    captures = "chats (sampled, streamed, parsed, deferred, compacted), images, stored completions, collection search"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.xai_sdk import calls, native
        from spanwright.instrumentors.xai_sdk.servers import Hosts

        hosts = Hosts()
        # Made with the client, whose chats know their connection but not where it leads.
        yield Patch("xai_sdk.client", "BaseClient.__init__", hosts.remembered, lost="no server is named")
        seams = calls.seams(telemetry, hosts)
        for package in ("xai_sdk.sync", "xai_sdk.aio"):
            for module, target, optional, seam in seams:
                yield Patch(f"{package}.{module}", target, traced(seam), optional=optional)
            for module in ("chat", "image"):
                # Since 1.2. Without it a call has a second span, the SDK's own.
                target = "tracer.start_as_current_span"
                yield Patch(f"{package}.{module}", target, native.stand_in, optional=True)
        # Without it, an answer that cannot be parsed ends its span without tokens.
        yield Patch("xai_sdk.chat", "Response.__init__", calls.answered, optional=True)
