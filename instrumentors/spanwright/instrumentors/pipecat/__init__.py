# SPDX-License-Identifier: Apache-2.0
"""Pipecat: pipelines, agents' turns and the functions that models call; the models are those of the clients beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_PROCESSORS, _SERVICES = "pipecat.processors.frame_processor", "pipecat.services.llm_service"
_TRACING = ("pipecat.utils.tracing.service_decorators", "pipecat.utils.tracing.turn_trace_observer")


class PipecatInstrumentor(Instrumentor):
    """Stands around the run of a pipeline, each turn of an agent in it, and each function that a model calls."""

    supports = ("pipecat-ai >= 1.3, < 2",)
    watches = ("pipecat",)
    captures = "pipelines, agents' turns, functions; speech as steps where Pipecat's own tracing is enabled"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch | OnImport]:
        """Patch what runs, and take the place of Pipecat's own tracer where an application has asked for it."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.pipecat import runs
        from spanwright.instrumentors.pipecat.natives import swap
        from spanwright.instrumentors.pipecat.turns import Turns

        turns = Turns(telemetry)
        running = traced(runs.Pipelines(telemetry, turns))
        yield Patch("pipecat.pipeline.worker", "PipelineWorker.run", running, lost="pipelines have no spans")
        # A name of Python's for what is private; every service has a `process_frame` of its own that calls no other.
        frames = "FrameProcessor._FrameProcessor__process_frame"
        yield Patch(_PROCESSORS, frames, turns.frame, lost="agents' turns have no spans")
        yield Patch(
            _PROCESSORS, "FrameProcessor.push_error", runs.errors, lost="errors of services are not told"
        )
        yield Patch(
            _PROCESSORS, "FrameProcessor.broadcast_frame", runs.results, lost="results are not captured"
        )
        calling = traced(runs.Functions(telemetry, turns))
        yield Patch(_SERVICES, "LLMService._run_function_call", calling, lost="functions have no spans")
        yield Patch(
            _SERVICES, "LLMService.run_function_calls", turns.calls, lost="turns end before functions"
        )
        yield Patch(_SERVICES, "LLMService._push_llm_text", turns.text, lost="answers are not captured")
        for module in _TRACING:
            natives = swap(telemetry)
            yield OnImport(module, natives.place, natives.remove)
