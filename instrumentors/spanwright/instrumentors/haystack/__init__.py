# SPDX-License-Identifier: Apache-2.0
"""Haystack: pipelines and their components, agents, tools, generators, embedders, retrievers and rankers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_PIPELINE, _ASYNC_PIPELINE = "haystack.core.pipeline.pipeline", "haystack.core.pipeline.async_pipeline"


class HaystackInstrumentor(Instrumentor):
    """Stands around what Haystack's own tracing stands around, and leaves the tracer that is enabled there alone."""

    supports = ("haystack-ai >= 2.20, < 4",)
    watches = ("haystack",)
    captures = "pipelines and their components, agents, tools, generators, embedders, retrievers, rankers"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched; nothing of another package that has the name."""
        if not hasattr(sys.modules.get("haystack"), "component"):
            return
        from spanwright.instrumentors._families.hierarchies import Hierarchies
        from spanwright.instrumentors._families.steering import steered
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.haystack.components import Components
        from spanwright.instrumentors.haystack.pipelines import Parts, Pipelines, settle
        from spanwright.instrumentors.haystack.tools import Tools, called, unwrap

        components = Components(telemetry)
        yield components.known
        lost = "components that are made known later are not traced"
        yield Patch(
            "haystack.core.component.component", "_Component._component", components.joined, lost=lost
        )

        whole = steered(traced(Pipelines(telemetry)), settle)
        lost = "pipelines have no spans"
        yield Patch(_PIPELINE, "Pipeline.run", whole, lost=lost)
        # Until 3.0 in a class of its own.
        steps = traced(Pipelines(telemetry))
        yield Patch(_PIPELINE, "Pipeline.run_async_generator", steps, optional=True)
        yield Patch(_ASYNC_PIPELINE, "AsyncPipeline.run_async_generator", steps, optional=True)
        part = steered(traced(Parts(telemetry)), settle)
        lost = "a pipeline's own components have no steps"
        yield Patch(_PIPELINE, "Pipeline._run_component", part, lost=lost)
        yield Patch(_PIPELINE, "Pipeline._run_component_async", part, optional=True)
        yield Patch(_ASYNC_PIPELINE, "AsyncPipeline._run_component_async", part, optional=True)

        tool = steered(traced(Tools(telemetry)), unwrap)
        classes = Hierarchies(self.library)
        yield classes.below("haystack.tools.tool", "Tool", {"invoke": tool, "invoke_async": tool})
        # Since 3.0; without them, and before, tools have no call ids.
        module = "haystack.components.agents.tool_calling"
        yield Patch(module, "_make_context_bound_invoke", called, optional=True)
        yield Patch(module, "_make_bounded_invoke_async", called, optional=True)
