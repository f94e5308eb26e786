# SPDX-License-Identifier: Apache-2.0
"""A process that takes part in a run: where its telemetry goes, and the span that the whole run stands under."""

from __future__ import annotations

import atexit
import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.context import Context

    from spanwright.console._live import Live

End: TypeAlias = "Callable[[str], None]"
VARIABLE = "SPANWRIGHT_RUN"
"""Tells the processes of a run what they are part of; `spanwright run` sets it, nobody else."""
_METRICS_EVERY = 15_000  # milliseconds: what a program that is killed may lose
_CARRIED = ("traceparent", "tracestate")


@dataclass(frozen=True, slots=True)
class Run:
    """One `spanwright run`; `pid` is the process that its root span and its last words belong to."""

    name: str
    pid: int
    file: str
    quiet: bool

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Run | None:
        """Read the variable back, or return None where there is none or somebody else's."""
        try:
            return cls(**json.loads(environ[VARIABLE]))
        except (KeyError, TypeError, ValueError):
            return None

    def told(self) -> dict[str, str]:
        """Put it into a variable."""
        return {VARIABLE: json.dumps(asdict(self))}


def join(site: str) -> End | None:
    """Configure OpenTelemetry as `opentelemetry-instrument` does, and take part in the run that there is.

    `site` is the folder in the search path that brought us here. What is returned ends this process's part before
    a signal does; at an exit that happens by itself.
    """
    from spanwright.console._signals import deaf, remember_interrupt

    run = Run.of(os.environ)
    if run is None:
        return None
    # Before whatever is registered from now on, so that it comes after all of that.
    atexit.register(remember_interrupt)
    # A process that is started meanwhile, by an exporter or a library, shall not do the same again, and so on.
    paths = os.environ.pop("PYTHONPATH", "")
    rest = [path for path in paths.split(os.pathsep) if path and path != site]
    if rest:
        os.environ["PYTHONPATH"] = os.pathsep.join(rest)
    try:
        from opentelemetry.instrumentation import (
            auto_instrumentation,  # pyright: ignore[reportMissingTypeStubs] - it ships without types
        )

        with deaf():
            auto_instrumentation.initialize()
            return _take_part(run)
    except Exception as error:
        say(f"this process is not traced ({type(error).__name__}: {error}); the program is unaffected")
        return None
    finally:
        if paths:
            os.environ["PYTHONPATH"] = paths


def say(sentence: str) -> None:
    """Say something on the standard error stream, if there is one."""
    # Not `sys.stderr`: a program that puts something else there wants its own output in it.
    if sys.__stderr__ is not None:
        with suppress(OSError, ValueError):
            sys.__stderr__.write(f"spanwright: {sentence}\n")
            sys.__stderr__.flush()


def _take_part(run: Run) -> End:
    from opentelemetry import context

    from spanwright.console._root import Root, finish_open, flush
    from spanwright.console._signals import before_sigterm

    owns = run.pid == os.getpid()
    keep = _keep(run.file) if run.file else flush
    live = None if run.quiet else _show(owns=owns)
    above = _received()
    root = Root(run, above, live) if owns else None
    if root is not None:
        atexit.register(root.end)
        above = root.context
        _pass_down(above)
    context.attach(above)

    def end(failure: str) -> None:
        finish_open()
        if root is not None:
            root.end(failure)
        # The file first: a backend that is away can take all the time that there is.
        for send in (keep, flush):
            with suppress(Exception):
                send()

    before_sigterm(lambda: end("SIGTERM"))
    return end


def _keep(path: str) -> Callable[[], object]:
    """Add the file to wherever else telemetry goes; return what writes down what is not written at once."""
    from opentelemetry import _logs, metrics, trace
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    from spanwright.console._record import LogRecorder, MetricRecorder, Record, SpanRecorder

    record = Record(path, say)
    tracers, meters, loggers = (
        trace.get_tracer_provider(),
        metrics.get_meter_provider(),
        _logs.get_logger_provider(),
    )
    # Not in batches: a program that is killed leaves all that had ended.
    if isinstance(tracers, TracerProvider):
        tracers.add_span_processor(SimpleSpanProcessor(SpanRecorder(record)))
    if isinstance(loggers, LoggerProvider):
        loggers.add_log_record_processor(SimpleLogRecordProcessor(LogRecorder(record)))
    reader: Any = PeriodicExportingMetricReader(MetricRecorder(record), _METRICS_EVERY)
    if isinstance(meters, MeterProvider):
        meters.add_metric_reader(reader)
        # A provider shuts down those readers alone that it was made with.
        atexit.register(reader.shutdown)
    return reader.force_flush


def _show(*, owns: bool) -> Live:
    """Show spans on the standard error stream as they end; a process among others says which one it is."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    from spanwright.console._live import Live

    live = Live("" if owns else f"pid {os.getpid()}")
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.add_span_processor(live)
    return live


def _received() -> Context:
    """Read what the process that started this one says of the trace, in the variables of the specification."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carried = {name: os.environ[name.upper()] for name in _CARRIED if name.upper() in os.environ}
    return TraceContextTextMapPropagator().extract(carried)


def _pass_down(above: Context) -> None:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier, above)
    os.environ.update({name.upper(): value for name, value in carrier.items()})
