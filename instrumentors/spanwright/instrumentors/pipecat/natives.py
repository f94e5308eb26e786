# SPDX-License-Identifier: Apache-2.0
"""Pipecat's own tracing, if an application has enabled it: its turns and its speech become steps of ours, without content."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import NoOpTracer

from spanwright.instrumentors._families.swaps import Api, Swap
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.native import NativeTracer
from spanwright.instrumentors._kernel.unseen import unseen
from spanwright.semconv.model import Step

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from opentelemetry.trace import Span

    from spanwright.instrumentors._kernel.native import Told
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# A conversation is the run of its pipeline, and the calls of models are those of their clients.
_STEPS = ("turn", "stt", "tts")


def swap(telemetry: Telemetry) -> Swap:
    """Let a module of Pipecat's ask our tracer where it would report to where we do."""
    ours = Tracer(telemetry, _step, lambda _: None)

    def is_ours(own: Any) -> bool:
        silent = getattr(getattr(own, "_tracer", own), "span_processor", None) is None
        return silent or telemetry.shares(own)

    def make(trace: Any) -> Api:
        def tracer(*args: Any, **kwargs: Any) -> Any:
            own = guard(trace.get_tracer, *args, **kwargs) or NoOpTracer()
            return ours if guard(is_ours, own) else own

        return Api(trace, tracer)

    return Swap("trace", make)


class Tracer(NativeTracer):
    """The tracer of spans that Pipecat sets beneath a turn, although they are what runs in ours already."""

    def start_as_current_span(self, name: str, *args: Any, **kwargs: Any) -> AbstractContextManager[Span]:  # pyright: ignore[reportIncompatibleMethodOverride] - the rest goes on
        """Start a step, or leave what is current as it is."""
        made = guard(super().start_as_current_span, name, *args, **kwargs) if name in _STEPS else None
        return made if made is not None else nullcontext(unseen(None))


def _step(told: Told) -> Step | None:
    return Step(told.name) if told.name in _STEPS else None
