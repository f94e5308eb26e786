# SPDX-License-Identifier: Apache-2.0
"""Agno: agents, teams, workflows and their steps, tools, knowledge, memory, and the models of every provider."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_BASE = "agno.models.base"
# The first versions have models with streams of their own.
_STREAMS = (
    (_BASE, "Model"),
    ("agno.models.openai.responses", "OpenAIResponses"),
    ("agno.models.aws.bedrock", "AwsBedrock"),
)
_WHOLES = ((_BASE, "Model"),)
_RUNS = ("_run", "_run_stream", "_arun", "_arun_stream")
_RESUMED = ("_continue_run", "_continue_run_stream", "_acontinue_run", "_acontinue_run_stream")
_PUBLIC = (
    ("agno.agent.agent", "Agent"),
    ("agno.team.team", "Team"),
)
_EXECUTED = ("_execute", "_execute_stream", "_aexecute", "_aexecute_stream")
_STEPS = ("execute", "execute_stream", "aexecute", "aexecute_stream")
_KNOWLEDGE = "agno.knowledge.knowledge"


class AgnoInstrumentor(Instrumentor):
    """Wraps what every run, model call, tool and search passes, whichever class or provider it is of."""

    supports = ("agno >= 2.3.4, < 4",)
    watches = ("agno",)
    captures = "agents, teams, workflows, steps, tools, knowledge searches, memory, models"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.agno.memories import METHODS, Memories
        from spanwright.instrumentors.agno.models import Models
        from spanwright.instrumentors.agno.runs import Asked, Prepared, Steps, Workflows
        from spanwright.instrumentors.agno.searches import Searches
        from spanwright.instrumentors.agno.tools import Tools, steered

        lost = "agents and teams have no spans"
        if _prepares():
            # Beneath the public methods, so that runs in the background last until their end.
            prepared = traced(Prepared(telemetry))
            for module in ("agno.agent._run", "agno.team._run"):
                for name in _RUNS:
                    yield Patch(module, name, prepared, lost=lost)
                for name in _RESUMED:
                    yield Patch(module, name, prepared, optional=True)
        else:
            asked = traced(Asked(telemetry))
            for module, kind in _PUBLIC:
                yield Patch(module, f"{kind}.run", asked, lost=lost)
                yield Patch(module, f"{kind}.arun", asked, lost=lost)
                yield Patch(module, f"{kind}.continue_run", asked, optional=True)
                yield Patch(module, f"{kind}.acontinue_run", asked, optional=True)
        workflows, steps = traced(Workflows(telemetry)), traced(Steps(telemetry))
        for name in _EXECUTED:
            yield Patch(
                "agno.workflow.workflow", f"Workflow.{name}", workflows, lost="workflows have no spans"
            )
            resumed = name.replace("_execute", "_continue_execute").replace("_aexecute", "_acontinue_execute")
            # Since 2.5: a workflow that was paused goes on.
            yield Patch("agno.workflow.workflow", f"Workflow.{resumed}", workflows, optional=True)
        for name in _STEPS:
            yield Patch("agno.workflow.step", f"Step.{name}", steps, lost="steps have no spans")
        models, streams = traced(Models(telemetry)), traced(Models(telemetry, stream=True))
        lost = "model calls have the spans of their clients alone"
        for module, kind in _WHOLES:
            yield Patch(module, f"{kind}._process_model_response", models, lost=lost)
            yield Patch(module, f"{kind}._aprocess_model_response", models, lost=lost)
        for module, kind in _STREAMS:
            yield Patch(module, f"{kind}.process_response_stream", streams, lost=lost)
            yield Patch(module, f"{kind}.aprocess_response_stream", streams, lost=lost)
        tools, searches = steered(traced(Tools(telemetry))), traced(Searches(telemetry))
        for name in ("execute", "aexecute"):
            yield Patch("agno.tools.function", f"FunctionCall.{name}", tools, lost="tools have no spans")
        yield Patch(_KNOWLEDGE, "Knowledge.search", searches, lost="searches have no spans")
        for name in METHODS:
            yield Patch(
                "agno.memory.manager",
                f"MemoryManager.{name}",
                traced(Memories(telemetry, name)),
                optional=True,
            )
        # The name since 2.5, and before.
        yield Patch(_KNOWLEDGE, "Knowledge.asearch", searches, optional=True)
        yield Patch(_KNOWLEDGE, "Knowledge.async_search", searches, optional=True)


def _prepares() -> bool:
    """Tell whether runs are functions of a module of their own, as since 2.5; nothing is imported to know it."""
    places = getattr(sys.modules.get("agno"), "__path__", ())
    return any((Path(place) / "agent" / "_run.py").is_file() for place in places)
