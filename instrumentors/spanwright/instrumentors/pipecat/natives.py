# SPDX-License-Identifier: Apache-2.0
"""Pipecat's own tracing, if an application has enabled it: its turns and its speech become steps of ours, without content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._families.swaps import Swap
from spanwright.instrumentors._kernel.native import NativeTracer
from spanwright.semconv.model import Step

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# A conversation is the run of its pipeline, and the calls of models are those of their clients.
_STEPS = ("turn", "stt", "tts")


def swap(telemetry: Telemetry) -> Swap:
    """Let a module of Pipecat's ask our tracer where it would report to where we do."""
    tracer = NativeTracer(telemetry, _step, lambda _: None)
    return Swap("trace", lambda before: Api(before, telemetry, tracer))


class Api:
    """OpenTelemetry's `trace` as a module of Pipecat's has it."""

    def __init__(self, inner: Any, telemetry: Telemetry, tracer: NativeTracer) -> None:
        self._inner = inner
        self._telemetry = telemetry
        self._tracer = tracer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def get_tracer(self, *args: Any, **kwargs: Any) -> Any:
        """Return ours, or the application's own."""
        own = self._inner.get_tracer(*args, **kwargs)
        silent = getattr(getattr(own, "_tracer", own), "span_processor", None) is None
        return self._tracer if silent or self._telemetry.shares(own) else own


def _step(told: Told) -> Step | None:
    return Step(told.name) if told.name in _STEPS else None
