# SPDX-License-Identifier: Apache-2.0
"""The BeeAI framework: agents, workflows, tools, chat and embedding models of every provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class BeeAIInstrumentor(Instrumentor):
    """Stands in the one function by which everything is run, around what is run."""

    supports = ("beeai-framework >= 0.1.85, < 1",)
    watches = ("beeai_framework",)
    captures = "agents, handoffs, workflows, tools, chat and embedding models"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors.beeai.runs import entered

        enter = entered(telemetry)
        yield Patch("beeai_framework.context", "RunContext.enter", enter, lost="nothing has a span")
