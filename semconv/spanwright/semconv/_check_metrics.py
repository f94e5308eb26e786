# SPDX-License-Identifier: Apache-2.0
"""Rules for metric points: known instruments, their units, and no attribute that multiplies time series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from spanwright.semconv import names
from spanwright.semconv._check_db import stored
from spanwright.semconv._check_facts import RENAMED_METRICS
from spanwright.semconv._check_keys import shown, typed
from spanwright.semconv.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spanwright.semconv._check_forms import Point
    from spanwright.semconv._check_keys import Problem
    from spanwright.semconv.metrics import Metric

NAMESPACES: Final = ("gen_ai.", "mcp.")
# Bounds an SDK takes when nobody advised any; in seconds they put nearly every call into the first bucket.
SDK_BOUNDS: Final = (0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
CLOSED: Final[Mapping[str, tuple[str, ...]]] = {
    names.GEN_AI_TOKEN_TYPE: ("input", "output"),
    names.GEN_AI_TOKEN_MODALITY: ("text", "image", "audio", "unknown"),
}


def relevant_metric(point: Point) -> bool:
    """Tell whether the conventions have a say in a metric of this name."""
    if point.name == names.METRIC_DB_CLIENT_OPERATION_DURATION:
        return stored(point.attributes)
    return point.name in METRICS or point.name.startswith(NAMESPACES)


def metric(point: Point) -> Iterator[Problem]:
    """Judge one point."""
    known = METRICS.get(point.name)
    if known is None:
        if successor := RENAMED_METRICS.get(point.name):
            yield "renamed-metric", f"{point.name} was replaced by {successor}"
        else:
            yield "unknown-metric", f"{point.name} is not in the conventions"
        return
    if point.instrument != known.instrument:
        yield "metric-instrument", f"it is a {point.instrument}, not a {known.instrument}"
    if point.unit != known.unit:
        yield "metric-unit", f"unit is {point.unit!r}, not {known.unit!r}"
    yield from _number(point, known)
    yield from _attributes(point, known)


def _number(point: Point, known: Metric) -> Iterator[Problem]:
    if known.buckets and tuple(point.bounds) == SDK_BOUNDS:
        yield "metric-buckets", "bounds are those of the SDK, for which nobody advised any"
    if point.value is not None and point.value < 0:
        yield "metric-value", f"value {point.value} is negative"
    if isinstance(point.value, float) and known.value == "int" and known.instrument == "counter":
        yield "metric-value", f"value {point.value} is not a whole number"


def _attributes(point: Point, known: Metric) -> Iterator[Problem]:
    openai = known.openai if point.attributes.get(names.GEN_AI_PROVIDER_NAME) == "openai" else ()
    for key, value in point.attributes.items():
        if key not in known.attributes and key not in openai:
            yield "metric-extra", f"{key} does not belong to {point.name}"
            continue
        yield from typed(key, value)
        if key in CLOSED and value not in CLOSED[key]:
            yield "metric-value", f"{key} is{shown(value)}, not one of {', '.join(CLOSED[key])}"
    for key, level in known.attributes.items():
        if level == "required" and key not in point.attributes:
            yield "metric-missing", f"{key} is not set"
    if names.SERVER_ADDRESS in point.attributes and names.SERVER_PORT not in point.attributes:
        yield "missing-companion", f"{names.SERVER_PORT} is not set although {names.SERVER_ADDRESS} is"
