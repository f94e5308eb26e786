# SPDX-License-Identifier: Apache-2.0
"""The Portkey SDK, a gateway's: it carries a copy of OpenAI's SDK, and asks for stored prompts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._families.speakers import Speaker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._families.endpoints import PostEndpoints
    from spanwright.instrumentors._kernel.patching import OnImport, Patch
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_HELPERS = "portkey_ai._vendor.openai.lib.streaming"


class PortkeyInstrumentor(Speaker):
    """Patches what every request of the copy passes, and of the SDK's own client."""

    supports = ("portkey-ai >= 2.1, < 3",)
    watches = ("portkey_ai._vendor.openai",)
    captures = "chat, responses, completions, embeddings, images, audio, moderations, stored prompts"
    clients = ("OpenAI", "AsyncOpenAI")
    provider = "portkey"
    helpers = (
        (f"{_HELPERS}.chat._completions", ("ChatCompletionStream", "AsyncChatCompletionStream")),
        (f"{_HELPERS}.responses._responses", ("ResponseStream", "AsyncResponseStream")),
        ("portkey_ai.api_resources.streaming", ("Stream", "AsyncStream")),
    )

    def endpoints(self, telemetry: Telemetry) -> PostEndpoints:
        """Return what knows the endpoints."""
        from spanwright.instrumentors._families.openai_api import OpenAIEndpoints
        from spanwright.instrumentors.portkey.providers import named

        return OpenAIEndpoints(telemetry, self.provider, named=named)

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors._kernel.patching import Patch
        from spanwright.instrumentors.portkey.prompts import Prompts

        yield from super().patches(telemetry)
        call = traced(Prompts(telemetry, self.endpoints(telemetry)))
        # Private, yet the one place that a stored prompt's request passes, whatever the method that was called.
        for name in ("APIClient", "AsyncAPIClient"):
            yield Patch("portkey_ai.api_resources.base_client", f"{name}._request", call)
