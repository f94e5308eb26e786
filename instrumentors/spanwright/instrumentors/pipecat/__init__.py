# SPDX-License-Identifier: Apache-2.0
"""Pipecat: pipelines and the functions that their models call; the models are those of the clients beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_TRACING = ("pipecat.utils.tracing.service_decorators", "pipecat.utils.tracing.turn_trace_observer")


class PipecatInstrumentor(Instrumentor):
    """Stands around the run of a pipeline and around each function that a model calls in it."""

    supports = ("pipecat-ai >= 1.3, < 2",)
    watches = ("pipecat",)
    captures = "pipelines, functions, turns and speech as steps"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch | OnImport]:
        """Patch what runs, and take the place of Pipecat's own tracer where an application has asked for it."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.pipecat.natives import swap
        from spanwright.instrumentors.pipecat.runs import Functions, Pipelines

        running, calling = traced(Pipelines(telemetry)), traced(Functions(telemetry))
        yield Patch("pipecat.pipeline.worker", "PipelineWorker.run", running, lost="pipelines have no spans")
        target = "LLMService._run_function_call"
        yield Patch("pipecat.services.llm_service", target, calling, lost="functions have no spans")
        for module in _TRACING:
            natives = swap(telemetry)
            yield OnImport(module, natives.place, natives.remove)
