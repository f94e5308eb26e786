# SPDX-License-Identifier: Apache-2.0
"""Replicate's SDK: models run, streamed and predicted with.

Running and streaming a model are inference, and so is creating a prediction. A run creates one itself and then polls
it; both are a part of the run, whose span tells what they tell. To get, reload, wait for or cancel a prediction that
was created before is no inference and no operation: its requests are seen by the HTTP library's instrumentor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# The module binds the methods of its own client when it is imported: `replicate.run` is seen only beneath them.
_RUNS = ("run", "async_run", "stream", "async_stream")


class ReplicateInstrumentor(Instrumentor):
    """Patches the functions beneath the clients' methods, and what creates a prediction."""

    supports = ("replicate >= 0.25.2, < 2",)
    watches = ("replicate",)
    captures = "runs, streams and predictions"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.replicate.predictions import Predictions

        predictions = Predictions(telemetry)
        for name in _RUNS:
            yield Patch("replicate.client", name, traced(predictions.run(stream=name.endswith("stream"))))
        for module, place, seam in predictions.creating():
            for name in ("create", "async_create"):
                yield Patch(module, f"{place}.{name}", traced(seam))
        lost = "what a run's prediction tells"
        for module in ("prediction", "model", "deployment"):
            target = "_json_to_prediction"
            yield Patch(f"replicate.{module}", target, predictions.told, optional=True, lost=lost)
        polled = traced(predictions.polling())
        for name in ("get", "async_get"):
            yield Patch("replicate.prediction", f"Predictions.{name}", polled)
