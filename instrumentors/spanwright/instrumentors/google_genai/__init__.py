# SPDX-License-Identifier: Apache-2.0
"""The Google Gen AI SDK: models behind the Gemini API and behind Vertex AI."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_CLIENT = "google.genai._api_client"
_TOOLS = "google.genai._extra_utils"


class GoogleGenAIInstrumentor(Instrumentor):
    """Patches the four methods of the API client that every request passes, and what runs the application's tools."""

    supports = ("google-genai >= 1.0, < 4",)
    watches = ("google.genai",)
    captures = "generate_content, chats, embeddings, images, videos, automatic function calling, interactions"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.google_genai import interactions
        from spanwright.instrumentors.google_genai.endpoints import Calls
        from spanwright.instrumentors.google_genai.tools import Tools

        # The class was renamed early in 1.x.
        held = sys.modules.get(_CLIENT)
        client = "BaseApiClient" if held is None or not hasattr(held, "ApiClient") else "ApiClient"
        plain, streamed = traced(Calls(telemetry, stream=False)), traced(Calls(telemetry, stream=True))
        yield Patch(_CLIENT, f"{client}.request", plain)
        yield Patch(_CLIENT, f"{client}.async_request", plain)
        yield Patch(_CLIENT, f"{client}.request_streamed", streamed)
        yield Patch(_CLIENT, f"{client}.async_request_streamed", streamed)
        tool, lost = traced(Tools(telemetry)), "the tools that it calls by itself have no spans"
        yield Patch(_TOOLS, "invoke_function_from_dict_args", tool, lost=lost)
        # Coroutine functions as tools came later in 1.x.
        yield Patch(_TOOLS, "invoke_function_from_dict_args_async", tool, optional=True, lost=lost)
        yield from interactions.patches(telemetry)
