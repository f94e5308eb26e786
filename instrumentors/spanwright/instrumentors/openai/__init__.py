# SPDX-License-Identifier: Apache-2.0
"""The OpenAI SDK: every GenAI endpoint of it, against OpenAI, Azure and whatever else speaks its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_HELPERS = (
    ("openai.lib.streaming.chat._completions", "ChatCompletionStream"),
    ("openai.lib.streaming.chat._completions", "AsyncChatCompletionStream"),
    ("openai.lib.streaming.responses._responses", "ResponseStream"),
    ("openai.lib.streaming.responses._responses", "AsyncResponseStream"),
)


class OpenAIInstrumentor(Instrumentor):
    """Patches the two methods that every request passes, and `close` of what may end a stream early."""

    supports = ("openai >= 1.26, < 4",)
    watches = ("openai",)
    captures = "chat, responses, completions, embeddings, images, audio, moderations, vector store search"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families import stainless
        from spanwright.instrumentors._kernel.call import after
        from spanwright.instrumentors.openai.endpoints import OpenAIEndpoints

        yield from stainless.patches(
            telemetry, "openai", ("OpenAI", "AsyncOpenAI"), OpenAIEndpoints(telemetry)
        )
        # The helpers close the HTTP response, not the stream that they wrap.
        close = after(stainless.closed)
        for module, name in _HELPERS:
            yield Patch(module, f"{name}.close", close, optional=True)
