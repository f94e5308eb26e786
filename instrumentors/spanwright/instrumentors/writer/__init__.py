# SPDX-License-Identifier: Apache-2.0
"""The Writer SDK: chat like OpenAI's under a path of its own, and endpoints that make texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._families.speakers import Speaker

if TYPE_CHECKING:
    from spanwright.instrumentors._families.stainless import Endpoints
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class WriterInstrumentor(Speaker):
    """Patches what every request of Writer's clients passes."""

    supports = ("writer-sdk >= 2.0, < 4",)
    watches = ("writerai",)
    captures = "chat, completions, applications, questions to knowledge graphs, vision, translation"
    clients = ("Writer", "AsyncWriter")
    provider = "writer"
    helpers = (
        ("writerai.lib.streaming.chat._completions", ("ChatCompletionStream", "AsyncChatCompletionStream")),
    )

    def endpoints(self, telemetry: Telemetry) -> Endpoints:
        """Return what knows the endpoints."""
        del telemetry
        from spanwright.instrumentors.writer.endpoints import WriterEndpoints

        return WriterEndpoints(self.provider)
