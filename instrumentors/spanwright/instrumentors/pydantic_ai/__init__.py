# SPDX-License-Identifier: Apache-2.0
"""Pydantic AI, which traces itself when asked to: what it tells of its runs goes to our spans of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_SETTINGS = "pydantic_ai.models.instrumented"


class PydanticAIInstrumentor(Instrumentor):
    """Switches the library's own tracing on, with a tracer of ours, where the application has not decided itself."""

    supports = ("pydantic-ai-slim >= 1.0, < 3",)
    watches = ("pydantic_ai",)
    captures = "agents, tools, output functions, models of every provider, embeddings"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch | OnImport]:
        """Yield what stands in front of settings that the application made, and ours where it made none."""
        from spanwright.instrumentors.pydantic_ai.defaults import Default
        from spanwright.instrumentors.pydantic_ai.leaving import Leaving, lexical, pulled
        from spanwright.instrumentors.pydantic_ai.settings import Settings

        leaving = Leaving()
        settings = Settings(telemetry, leaving)
        yield OnImport(_SETTINGS, settings.place, settings.remove)
        # Its copies of messages that nobody is to see, and its warning of their form.
        for module, name, wrapper in (
            (_SETTINGS, "InstrumentationSettings.handle_messages", settings.handle_messages),
            ("pydantic_ai.capabilities.instrumentation", "has_stale_message_json", settings.is_stale),
        ):
            yield Patch(module, name, wrapper, optional=True, replaces=True)
        for module, owner in (("pydantic_ai.agent", "Agent"), ("pydantic_ai.embeddings", "Embedder")):
            default = Default(settings, owner)
            yield OnImport(module, default.place, default.remove)
        lost = "what is asked of a model while a stream is open is taken for a part of the streaming call"
        yield Patch("pydantic_ai._agent_graph", "ModelRequestNode.stream", leaving.stream, lost=lost)
        yield Patch(_SETTINGS, "InstrumentedModel.request_stream", leaving.stream, lost=lost)
        yield Patch(
            "pydantic_ai.agent", "Agent.iter", leaving.run, lost="runs that are left count as cancelled"
        )
        # Since 2.x the events of a stream are waited for in the consumer's task.
        pulls = "_ContinuationStreamedResponse._get_event_iterator"
        yield Patch("pydantic_ai.models._continuation", pulls, pulled, optional=True)
        # Until 1.x the span of a run is current where the application has the run as well.
        yield Patch("pydantic_ai.agent", "use_span", lexical, optional=True)
