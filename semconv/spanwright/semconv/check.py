# SPDX-License-Identifier: Apache-2.0
"""The conformance oracle: it tells whether finished telemetry is true to the conventions.

It knows neither OpenTelemetry nor any library, so the same code judges spans in a test, a file that a
collector wrote and the answer of a backend. An adapter brings telemetry into a neutral form (`Span`, `Point`,
`Record`), and `check` judges that. What uses no key of the conventions is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from spanwright.semconv._check_db import db, relevant_db
from spanwright.semconv._check_forms import Finding, Point, Record, Span, subject
from spanwright.semconv._check_http import http, relevant_http, secrets
from spanwright.semconv._check_metrics import metric, relevant_metric
from spanwright.semconv._check_otlp import from_otlp, from_otlp_text
from spanwright.semconv._check_records import event, relevant_record
from spanwright.semconv._check_rules import RULES
from spanwright.semconv._check_sdk import from_sdk_log, from_sdk_metrics, from_sdk_span
from spanwright.semconv._check_spans import genai, relevant
from spanwright.semconv._check_tree import tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "RULES",
    "Finding",
    "Item",
    "Point",
    "Record",
    "Span",
    "check",
    "from_otlp",
    "from_otlp_text",
    "from_sdk_log",
    "from_sdk_metrics",
    "from_sdk_span",
    "judged",
]

Item: TypeAlias = "Span | Point | Record"


def check(items: Iterable[Item], *, complete: bool = False) -> list[Finding]:
    """Judge finished telemetry, each item by itself and the spans as trees.

    `complete` tells that all spans of this process are there, so that a parent which is missing and not known
    to be remote is a finding as well. The result keeps the order of the items; it is empty when all is well.
    """
    given = list(items)
    findings = [
        Finding(rule, subject(item), message)
        for item in given
        # An HTTP span that carries a key of ours as well is judged twice, but told once.
        for rule, message in dict.fromkeys(_problems(item))
    ]
    return findings + list(tree([item for item in given if isinstance(item, Span)], complete=complete))


def judged(item: Item) -> bool:
    """Tell whether the conventions have a say in an item at all."""
    if isinstance(item, Span):
        return relevant(item) or relevant_http(item) or relevant_db(item)
    return relevant_metric(item) if isinstance(item, Point) else relevant_record(item)


def _problems(item: Item) -> Iterator[tuple[str, str]]:
    if isinstance(item, Point):
        yield from metric(item) if relevant_metric(item) else ()
    elif isinstance(item, Record):
        yield from event(item) if relevant_record(item) else ()
    else:
        if relevant(item):
            yield from genai(item)
            yield from secrets(item)
        if relevant_http(item):
            yield from http(item)
        if relevant_db(item):
            yield from db(item)
