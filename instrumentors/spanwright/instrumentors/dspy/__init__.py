# SPDX-License-Identifier: Apache-2.0
"""DSPy: programs, agents, their language models, tools and searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_LM, _EXECUTION = "dspy.clients.lm", "dspy.clients.execution"
# Beneath the library's cache, one function a kind of model, until 3.3.
_COMPLETIONS = tuple(
    f"{twin}litellm_{kind}completion" for twin in ("", "a") for kind in ("", "text_", "responses_")
)
# What writes an error down for the model, before 3.4 and since.
_TELLING = (
    ("dspy.predict.react", "_fmt_exc"),
    ("dspy.predict.react", "format_error_for_lm"),
    ("dspy.predict.react_v2", "format_error_for_lm"),
)
_SEARCHES = (
    ("dspy.retrievers.retrieve", "Retrieve.__call__"),
    ("dspy.retrievers.embeddings", "Embeddings.__call__"),
    ("dspy.dsp.colbertv2", "ColBERTv2.__call__"),
)


class DSPyInstrumentor(Instrumentor):
    """Wraps what programs, tools and searches pass when called, and what runs beneath the cache of language models.

    The application's callbacks, its settings and its cache are left alone.
    """

    supports = ("dspy >= 3.0.3, < 4",)
    watches = ("dspy",)
    captures = "programs, agents, tools, searches, language models"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors._kernel.frames import unshown
        from spanwright.instrumentors.dspy.calls import Calls
        from spanwright.instrumentors.dspy.completions import Completions
        from spanwright.instrumentors.dspy.programs import Programs
        from spanwright.instrumentors.dspy.searches import Searches
        from spanwright.instrumentors.dspy.tools import Tools

        programs, tools = traced(Programs(telemetry)), traced(Tools(telemetry))
        for name in ("__call__", "acall"):
            yield Patch("dspy.primitives.module", f"Module.{name}", programs, lost="programs have no spans")
            yield Patch("dspy.adapters.types.tool", f"Tool.{name}", tools, lost="tools have no spans")
        # What a tool has raised is written into the next prompt.
        for module, name in _TELLING:
            yield Patch(module, name, unshown, optional=True)
        searches = traced(Searches(telemetry))
        for module, target in _SEARCHES:
            yield Patch(module, target, searches, lost="searches have no spans")
        # Since 3.4: a call, and the place in it where the cache has been asked.
        calls = Calls(telemetry)
        for name in ("execute", "aexecute"):
            yield Patch(_EXECUTION, name, calls.wrapper, lost="language models have no spans")
        yield Patch(_EXECUTION, "_engine", calls.missed, lost="language models have no spans")
        for module in (_EXECUTION, _LM):
            yield Patch(module, "stream_emitted", calls.emitted, optional=True)
        for name in _COMPLETIONS:
            # Called by the library alone in these versions; later ones keep them, for nobody.
            kind = next((each for each in ("text", "responses") if each in name), "chat")
            yield Patch(_LM, name, traced(Completions(telemetry, kind)), optional=True)
