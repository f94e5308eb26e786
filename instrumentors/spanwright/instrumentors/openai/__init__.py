# SPDX-License-Identifier: Apache-2.0
"""The OpenAI SDK: every GenAI endpoint of it, against OpenAI, Azure and whatever else speaks its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._families.speakers import Speaker

if TYPE_CHECKING:
    from spanwright.instrumentors._families.stainless import Endpoints
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class OpenAIInstrumentor(Speaker):
    """Patches the two methods that every request passes, and `close` of what may end a stream early."""

    supports = ("openai >= 1.26, < 4",)
    watches = ("openai",)
    captures = "chat, responses, completions, embeddings, images, audio, moderations, vector store search"
    clients = ("OpenAI", "AsyncOpenAI")
    provider = "openai"
    helpers = (
        ("openai.lib.streaming.chat._completions", ("ChatCompletionStream", "AsyncChatCompletionStream")),
        ("openai.lib.streaming.responses._responses", ("ResponseStream", "AsyncResponseStream")),
    )

    def endpoints(self, telemetry: Telemetry) -> Endpoints:
        """Return what knows the endpoints."""
        from spanwright.instrumentors._families.openai_api import OpenAIEndpoints
        from spanwright.instrumentors.openai.endpoints import named

        return OpenAIEndpoints(telemetry, self.provider, named=named)
