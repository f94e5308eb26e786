# SPDX-License-Identifier: Apache-2.0
"""Operations that are known of only after they have begun, from what another process writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import Operation
from spanwright.semconv.model import AgentRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Content, Subject


class Run(Operation):
    """An agent's run. Its messages are no chunks: they only tell when something came last."""

    __slots__ = ()

    def seen(self, chunk: Any) -> None:
        """Note that something came."""
        del chunk
        self.touch()


def begun(
    telemetry: Telemetry,
    subject: Subject,
    around: Context,
    *,
    at: int | None = None,
    content: Callable[[], Content] | None = None,
) -> Operation:
    """Start an operation under `around` that began at `at`, which may be past."""
    kind = Run if isinstance(subject, AgentRun) else Operation
    operation = kind(telemetry, subject, None, around, current.operation(around))
    if at is not None:
        operation.started = at
    try:
        operation.begin(content)
    except Exception:
        guard(operation.abandon)
        raise
    return operation
