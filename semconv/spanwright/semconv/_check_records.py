# SPDX-License-Identifier: Apache-2.0
"""Rules for log events: their names, severity and attributes, with content in structured form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from spanwright.semconv import names, spans
from spanwright.semconv._check_facts import RENAMED_EVENTS, TYPES
from spanwright.semconv._check_keys import VARIABLES, keys, ours
from spanwright.semconv._check_messages import content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.semconv._check_forms import Record
    from spanwright.semconv._check_keys import Problem
    from spanwright.semconv.spans import Event

DETAILS: Final = frozenset(
    {
        key
        for refinement in spans.REFINEMENTS
        if refinement.of == spans.INFERENCE.id
        for key in refinement.attributes
    },
)


def relevant_record(record: Record) -> bool:
    """Tell whether the conventions have a say in this record."""
    return record.name.startswith("gen_ai.") or ours(record.attributes)


def event(record: Record) -> Iterator[Problem]:
    """Judge one log record."""
    yield from keys(record.attributes)
    yield from content(record.attributes, structured=True)
    known = spans.EVENTS.get(record.name)
    if known is not None:
        yield from _known(record, known)
    elif record.name in RENAMED_EVENTS:
        yield "removed-event", f"{record.name} was replaced by {RENAMED_EVENTS[record.name]}"
    elif record.name.startswith("gen_ai."):
        yield "unknown-event", f"{record.name} is not in the conventions"


def _known(record: Record, known: Event) -> Iterator[Problem]:
    if known.severity and record.severity != known.severity:
        yield "event-severity", f"severity is {record.severity}, not {known.severity} ({known.severity_text})"
    if record.body not in (None, ""):
        yield "event-body", "it has a body"
    for key, level in known.attributes.items():
        if level == "required" and key not in record.attributes:
            yield "event-missing", f"{key} is not set"
    if known is spans.OPERATION_EXCEPTION:
        # It may carry every attribute of the operation that failed.
        if not {names.EXCEPTION_TYPE, names.EXCEPTION_MESSAGE} & set(record.attributes):
            yield "event-missing", f"neither {names.EXCEPTION_TYPE} nor {names.EXCEPTION_MESSAGE} is set"
        return
    allowed = {*known.attributes, *(DETAILS if known is spans.INFERENCE_DETAILS else ())}
    for key in record.attributes:
        shown = VARIABLES[:-1] if key.startswith(VARIABLES) else key
        if shown in TYPES and shown not in allowed and key.startswith(("gen_ai.", "openai.", "mcp.")):
            yield "event-foreign", f"{key} does not belong to {record.name}"
