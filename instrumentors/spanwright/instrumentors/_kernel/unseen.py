# SPDX-License-Identifier: Apache-2.0
"""Spans of a library's plumbing, which are none of ours: whoever asks finds the one around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.trace import INVALID_SPAN, NonRecordingSpan, Span, get_current_span

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.operation import Operation


class Unseen(NonRecordingSpan):
    """A span of a library's plumbing: it stands for the one around it, and `operation` is the operation around it."""

    operation: Operation | None

    def __init__(self, context: Context | None) -> None:
        super().__init__(get_current_span(context).get_span_context())
        self.operation = current.operation(context)


def unseen(context: Context | None) -> Span:
    """Return such a span, or OpenTelemetry's own where that fails."""
    made = guard(Unseen, context)
    return made if made is not None else INVALID_SPAN
