# SPDX-License-Identifier: Apache-2.0
"""LiteLLM: one call for every provider, through its module functions and its router."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CHAT = "litellm.litellm_core_utils.streaming_handler"
_RESPONSES = "litellm.responses.streaming_iterator"
_BRIDGED = "litellm.responses.litellm_completion_transformation.streaming_iterator"
# The library's own classes of streams, and the step of each.
_STEPS = (
    (_CHAT, "CustomStreamWrapper.__next__"),
    (_CHAT, "CustomStreamWrapper.__anext__"),
    ("litellm.utils", "TextCompletionStreamWrapper.__next__"),
    ("litellm.utils", "TextCompletionStreamWrapper.__anext__"),
    (_RESPONSES, "SyncResponsesAPIStreamingIterator.__next__"),
    (_RESPONSES, "ResponsesAPIStreamingIterator.__anext__"),
    (_RESPONSES, "MockResponsesAPIStreamingIterator.__next__"),
    (_RESPONSES, "MockResponsesAPIStreamingIterator.__anext__"),
    (_BRIDGED, "LiteLLMCompletionStreamingIterator.__next__"),
    (_BRIDGED, "LiteLLMCompletionStreamingIterator.__anext__"),
)


class LiteLLMInstrumentor(Instrumentor):
    """Wraps what the module functions run when a model is to be asked, the steps of the streams, and the router."""

    supports = ("litellm >= 1.75, < 2",)
    watches = ("litellm",)
    captures = "chat, responses, completions, embeddings, reranking, images, audio; a router's attempts under one step"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import after, traced
        from spanwright.instrumentors.litellm.closures import Closures
        from spanwright.instrumentors.litellm.functions import MODULES, Functions
        from spanwright.instrumentors.litellm.routes import Routes
        from spanwright.instrumentors.litellm.streams import Streams

        streams = Streams()
        functions = Functions(telemetry, streams)
        for module, names in MODULES.items():
            yield Closures(module, names, functions.wrapper).on_import()
        step = traced(streams)
        for module, target in _STEPS:
            yield Patch(module, target, step, optional=True)
        close = after(streams.closed)
        lost = "a stream that is closed early ends when it is collected"
        yield Patch(_CHAT, "CustomStreamWrapper.aclose", close, optional=True, lost=lost)
        routed = traced(Routes(telemetry))
        lost = "the attempts of a router are not held together"
        yield Patch("litellm.router", "Router.async_function_with_fallbacks", routed, lost=lost)
