# SPDX-License-Identifier: Apache-2.0
"""The span that a whole run stands under, and what happens when it ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from opentelemetry import _logs, metrics, trace
from opentelemetry.trace import Status, StatusCode

from spanwright.semconv import names

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spanwright.console._live import Live
    from spanwright.console._session import Run

_PATIENCE = 3_000  # milliseconds for each signal


class Root:
    """Starts when it is made and ends once, in the process that made it."""

    def __init__(self, run: Run, above: Context, live: Live | None) -> None:
        self._run = run
        self._live = live
        self._pid = os.getpid()
        self._ended = False
        self._span = trace.get_tracer("spanwright").start_span(run.name, above)
        if live is not None:
            live.leave_out(self._span.get_span_context().span_id)
        self.context = trace.set_span_in_context(self._span, above)

    def end(self, failure: str = "") -> None:
        """End the span and say the last words; a forked child leaves this to its parent."""
        if self._ended or os.getpid() != self._pid:
            return
        self._ended = True
        if failure := failure or _exception():
            self._span.set_attribute(names.ERROR_TYPE, failure)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()
        if self._live is not None:
            from spanwright.console._closing import close

            self._live.force_flush()
            close(self._run)


def finish_open() -> None:
    """End the operations that are in flight, as they end when a process exits."""
    if ending := sys.modules.get("spanwright.instrumentors._kernel.ending"):
        ending.finish_open()


def flush() -> None:
    """Send what waits to be sent, within bounds."""
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider(), _logs.get_logger_provider()):
        force_flush = getattr(provider, "force_flush", None)
        if force_flush is not None:
            # One backend that is away must not keep the others from what they are due.
            with suppress(Exception):
                force_flush(_PATIENCE)


def _exception() -> str:
    """Name the exception that nothing caught; the interpreter keeps it for debuggers."""
    kind: object = getattr(sys, "last_type", None)
    return kind.__qualname__ if isinstance(kind, type) else ""
