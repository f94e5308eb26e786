# SPDX-License-Identifier: Apache-2.0
"""Pipelines of Hugging Face's transformers: models that run in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_PIPELINES = "transformers.pipelines.base"
_STREAMERS = "transformers.generation.streamers"


class TransformersInstrumentor(Instrumentor):
    """Patches the call of every pipeline, and within it the run of the model and the streamers that see its tokens."""

    supports = ("transformers >= 4.40, < 6",)
    # Not the package: other libraries import it for a tokenizer, and never make a pipeline.
    watches = (_PIPELINES,)
    captures = "pipelines: text generation and chat, text to text, speech, images to text, feature extraction"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families.methods import Method
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.transformers.calls import find
        from spanwright.instrumentors.transformers.runs import forwarded, streamed

        yield Patch(_PIPELINES, "Pipeline.__call__", traced(Method(telemetry, find)))
        # Token ids pass here and are seen nowhere else; a generator's or a dataset's items run here long after the call.
        yield Patch(_PIPELINES, "Pipeline.forward", forwarded(telemetry), lost="its tokens are not counted")
        yield Patch(
            _STREAMERS, "TextStreamer.put", streamed, lost="the time to the first chunk is not measured"
        )
