# SPDX-License-Identifier: Apache-2.0
"""What is written beyond the conventions when it is asked for: the cost of a call, and other tools' vocabularies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import prices
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv import names as n
from spanwright.semconv import points as metric
from spanwright.semconv import vocabularies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.settings import Settings
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.billing import Cost
    from spanwright.semconv.model import Subject

_ROOM = 128


class Extras:
    """All of it for one instrumentor; made when its library is imported, so that no call waits for what is loaded here."""

    __slots__ = ("_prices", "_vocabularies")

    def __init__(self, wanted: Settings) -> None:
        self._prices = guard(prices.load) if wanted.cost else None
        self._vocabularies = [vocabularies.load(name) for name in wanted.dialects]

    def write(self, operation: Operation) -> None:
        """Write everything on the span of an operation that ends now, and count its cost."""
        telemetry, subject, span = operation.telemetry, operation.subject, operation.span
        cost = guard(self.count, telemetry, subject, operation.started, operation.context)
        if not span.is_recording():
            return
        taken = operation.taken if telemetry.settings.content_on_spans else {}
        found: dict[str, Any] = {} if cost is None else {n.SPANWRIGHT_COST: cost.total}
        if self._vocabularies:
            known: Mapping[str, Any] = getattr(span, "attributes", None) or {}
            room = _limit(span) - len(known) - len(found)
            for vocabulary in self._vocabularies:
                more = guard(vocabulary.attributes, subject, taken, cost, room) or {}
                # What the application has written itself (its session, its metadata) stays.
                more = {key: value for key, value in more.items() if key not in known}
                room -= len(more)
                found.update(more)
        if found:
            span.set_attributes(found)

    def count(self, telemetry: Telemetry, subject: Subject, at: int, context: Context) -> Cost | None:
        """Count what a call costs that was made `at`, and return it; None where it is no call of a model or has no known price."""
        cost = self._prices.of(subject, at) if self._prices is not None else None
        if cost is not None:
            telemetry.record(n.METRIC_SPANWRIGHT_CLIENT_COST, cost.total, metric.series(subject), context)
        return cost


def _limit(span: object) -> int:
    """Return how many attributes a span holds: past that the SDK drops those that were written first.

    The SDK does not publish its limit; where it is not found that of the specification holds.
    """
    limits = getattr(span, "_limits", None)
    found = getattr(limits, "max_span_attributes", _ROOM)
    return found if isinstance(found, int) else 1 << 30
