# SPDX-License-Identifier: Apache-2.0
"""Secrets of many kinds, made when they are needed so that none stands in a file, and all that an exporter would send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.fixture
def secret() -> str:
    """Return what has the form of a key."""
    return f"sk-test-{'0123456789'}abcdef"


@pytest.fixture
def exported(recorder: Recorder) -> Callable[[], str]:
    """Return a function that returns all spans, log records and metrics as OTLP JSON."""

    def written() -> str:
        spans = recorder.spans
        logs = recorder.logs_exporter.get_finished_logs()
        recorder.points()
        messages: list[Any] = [encode_spans(spans), encode_logs(logs)]
        if recorder._collected is not None:
            messages.append(encode_metrics(recorder._collected))
        return "\n".join(MessageToJson(message) for message in messages)

    return written
