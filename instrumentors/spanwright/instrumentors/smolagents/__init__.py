# SPDX-License-Identifier: Apache-2.0
"""smolagents: agents, the agents that they manage, tools, the code that agents write, and the models of every provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_AGENTS = "smolagents.agents"
_EXECUTORS = (
    ("smolagents.local_python_executor", "LocalPythonExecutor"),
    ("smolagents.remote_executors", "RemotePythonExecutor"),
)


class SmolagentsInstrumentor(Instrumentor):
    """Stands around the framework's own calls; models are covered whoever wrote their class."""

    supports = ("smolagents >= 1.23, < 2",)
    watches = ("smolagents",)
    captures = "agents, managed agents, tools, executed code, models"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families.hierarchies import Hierarchies
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.smolagents import tools
        from spanwright.instrumentors.smolagents.agents import Agents
        from spanwright.instrumentors.smolagents.models import Models

        answer, stream = traced(Models(telemetry, stream=False)), traced(Models(telemetry, stream=True))
        classes = Hierarchies(self.library)
        methods = {"generate": answer, "generate_stream": stream}
        yield classes.below("smolagents.models", "Model", methods, promises=True)

        run = Agents(telemetry, classes).wrapper
        yield Patch(_AGENTS, "MultiStepAgent.run", run, lost="agents have no spans")
        managed = traced(tools.Managed(telemetry))
        yield Patch(_AGENTS, "MultiStepAgent.__call__", managed, lost="calls of managed agents are no tools")
        run = traced(tools.Tools(telemetry))
        for kind in ("Tool", "PipelineTool"):
            yield Patch("smolagents.tools", f"{kind}.__call__", run, lost="tools have no spans")
        lost = "calls of tools have no ids"
        yield Patch(_AGENTS, "ToolCallingAgent.process_tool_calls", tools.asked, lost=lost)
        yield Patch(_AGENTS, "ToolCallingAgent.execute_tool_call", tools.called, lost=lost)
        code = traced(tools.Code(telemetry))
        for module, kind in _EXECUTORS:
            yield Patch(module, f"{kind}.__call__", code, lost="the code that agents write has no spans")
        # Without it, the tools that code calls are roots of traces: since 1.24 it runs in a thread, with a limit of time.
        yield Patch("smolagents.local_python_executor", "ThreadPoolExecutor", tools.pool, optional=True)
