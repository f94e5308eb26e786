# SPDX-License-Identifier: Apache-2.0
"""DashScope's SDK, Alibaba's models: every call over HTTP, of the plain classes and their asynchronous twins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class DashScopeInstrumentor(Instrumentor):
    """Patches the two methods of the one class that sends whatever the SDK's many classes have put together."""

    supports = ("dashscope >= 1.20.14, < 3",)
    watches = ("dashscope",)
    captures = "text and multimodal generation, embeddings, reranking"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families.lazy import lazy
        from spanwright.instrumentors.dashscope.requests import Calls, find, streams

        call = lazy(telemetry, find, streams, Calls(telemetry, find))
        yield Patch("dashscope.api_entities.http_request", "HttpRequest.call", call)
        yield Patch("dashscope.api_entities.http_request", "HttpRequest.aio_call", call)
