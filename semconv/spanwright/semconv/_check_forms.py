# SPDX-License-Identifier: Apache-2.0
"""The neutral form of finished telemetry that the conformance oracle judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Span:
    """One finished span.

    `kind` and `status` are the enum names of OpenTelemetry (CLIENT, ERROR); `events` are the names of its
    events. `parent_id` is empty for a root; `remote_parent` tells, where it is known, that the parent is in
    another process.
    """

    name: str
    kind: str = "INTERNAL"
    attributes: Mapping[str, object] = field(default_factory=dict[str, object])
    status: str = "UNSET"
    description: str = ""
    events: Sequence[str] = ()
    scope: str = ""
    trace_id: str = ""
    span_id: str = ""
    parent_id: str = ""
    remote_parent: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One data point of one metric.

    `instrument` is histogram, counter, updowncounter or gauge; `bounds` are the explicit bucket bounds of a
    histogram, and `value` the number of a counter or gauge.
    """

    name: str
    instrument: str
    unit: str
    attributes: Mapping[str, object] = field(default_factory=dict[str, object])
    value: float | None = None
    bounds: Sequence[float] = ()
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One log record; `name` is its event name, and `severity` its number, 0 when there is none."""

    name: str
    attributes: Mapping[str, object] = field(default_factory=dict[str, object])
    severity: int = 0
    body: object = None
    scope: str = ""
    trace_id: str = ""
    span_id: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure from the conventions: which rule, of what, and what exactly is wrong with it."""

    rule: str
    subject: str
    message: str

    def __str__(self) -> str:
        """Read as one line."""
        return f"{self.rule}: {self.subject}: {self.message}"


def subject(item: Span | Point | Record) -> str:
    """Say which item a finding is about, with ids where there are any."""
    if isinstance(item, Point):
        return f"metric {item.name}"
    kind = "span" if isinstance(item, Span) else "event"
    ids = [f"{label} {given}" for label, given in (("trace", item.trace_id), ("span", item.span_id)) if given]
    return f"{kind} '{item.name}'" + (f" ({', '.join(ids)})" if ids else "")
