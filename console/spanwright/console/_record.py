# SPDX-License-Identifier: Apache-2.0
"""What a run leaves on disk: one file of OTLP JSON lines that every process of the run adds to."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.metrics.export import MetricsData
    from opentelemetry.sdk.trace import ReadableSpan

_OWNER_ONLY = 0o600
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


class Record:
    """Adds lines to a file, whole ones: `say` is told once, in one sentence, when that is not possible.

    The file is opened for each line. A descriptor that is kept could be closed by the program, as programs that
    become daemons do, and its number then belong to a file of the program. A line is one write, so that lines of
    several processes do not mix, and it holds no lock that a forked child could inherit.
    """

    def __init__(self, path: str, say: Callable[[str], None]) -> None:
        self._path = path
        self._say = say
        self._complained = False
        self._torn = False

    def add(self, encode: Callable[[], dict[str, Any]]) -> bool:
        """Write what is encoded as a line; never raises."""
        try:
            document = encode()
            if document:
                line = json.dumps(document, separators=(",", ":")).encode() + b"\n"
                self._write(b"\n" + line if self._torn else line)
        # Neither a full disk nor an attribute of an odd type may cost the program anything.
        except Exception as error:
            self._complain(error)
            return False
        return True

    def _write(self, line: bytes) -> None:
        file = os.open(self._path, _FLAGS, _OWNER_ONLY)
        try:
            # On a disk that fills up the beginning of a line may find room: the next one then starts anew.
            self._torn = os.write(file, line) < len(line)
        finally:
            os.close(file)

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            self._complained = True
            reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            self._say(f"{self._path} lacks what could not be written ({reason}); the program is unaffected")


class SpanRecorder(SpanExporter):
    """Keeps spans."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the spans on one line."""
        from opentelemetry.exporter.otlp.json.common.trace_encoder import encode_spans

        kept = self._record.add(lambda: encode_spans(spans).to_dict())
        return SpanExportResult.SUCCESS if kept else SpanExportResult.FAILURE


class MetricRecorder(MetricExporter):
    """Keeps metrics."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def export(
        self,
        metrics_data: MetricsData,
        timeout_millis: float = 10_000,  # noqa: ARG002 - the SDK's signature
        **kwargs: Any,  # noqa: ARG002 - the same
    ) -> MetricExportResult:
        """Write the points on one line."""
        from opentelemetry.exporter.otlp.json.common.metrics_encoder import encode_metrics

        kept = self._record.add(lambda: encode_metrics(metrics_data).to_dict())
        return MetricExportResult.SUCCESS if kept else MetricExportResult.FAILURE

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Have nothing left to write."""
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Have nothing to close."""


class LogRecorder(LogRecordExporter):
    """Keeps log records and events."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Write the records on one line."""
        # As private as logs in the SDK are, and the only name it has.
        from opentelemetry.exporter.otlp.json.common._log_encoder import encode_logs

        kept = self._record.add(lambda: encode_logs(batch).to_dict())
        return LogRecordExportResult.SUCCESS if kept else LogRecordExportResult.FAILURE

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Have nothing left to write."""
        return True

    def shutdown(self) -> None:
        """Have nothing to close."""
