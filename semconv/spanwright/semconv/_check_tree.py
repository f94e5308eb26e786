# SPDX-License-Identifier: Apache-2.0
"""Rules for many spans together: one operation is one span, and a trace holds together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.semconv import names, spans
from spanwright.semconv._check_forms import Finding, subject
from spanwright.semconv._check_spans import type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spanwright.semconv._check_forms import Span
    from spanwright.semconv.spans import SpanType

ALONE = (spans.INFERENCE, spans.EMBEDDINGS, spans.RETRIEVAL, spans.FETCH_RESPONSE)


def tree(given: Sequence[Span], *, complete: bool) -> Iterator[Finding]:
    """Judge spans by their ancestors; `complete` tells that every local parent should be among them."""
    by_id = {span.span_id: span for span in given if span.span_id}
    for span in given:
        found = type_of(span)
        if found is not None:
            yield from _doubled(span, found, by_id)
            yield from _parent(span, by_id, complete=complete)


def _parent(span: Span, by_id: Mapping[str, Span], *, complete: bool) -> Iterator[Finding]:
    parent = by_id.get(span.parent_id)
    if parent is not None and parent.trace_id != span.trace_id:
        message = f"its parent '{parent.name}' is in trace {parent.trace_id}"
        yield Finding("strange-trace", subject(span), message)
    if complete and parent is None and span.parent_id and not span.remote_parent:
        yield Finding("lost-parent", subject(span), f"its parent {span.parent_id} is not among the spans")


def _doubled(span: Span, found: SpanType, by_id: Mapping[str, Span]) -> Iterator[Finding]:
    outer = _operation_above(span, by_id)
    if outer is None:
        return
    above = type_of(outer)
    if found in ALONE and above is found:
        yield Finding("doubled-call", subject(span), f"it repeats {subject(outer)}")
    elif (
        above is spans.EXECUTE_TOOL
        and found in (spans.EXECUTE_TOOL, spans.MCP_CLIENT)
        and span.attributes.get(names.GEN_AI_TOOL_NAME) == outer.attributes.get(names.GEN_AI_TOOL_NAME)
        and span.attributes.get(names.GEN_AI_TOOL_CALL_ID, "")
        in ("", outer.attributes.get(names.GEN_AI_TOOL_CALL_ID))
    ):
        yield Finding("doubled-tool", subject(span), f"it repeats {subject(outer)}")


def _operation_above(span: Span, by_id: Mapping[str, Span]) -> Span | None:
    """Find the nearest ancestor that is itself a GenAI operation."""
    seen = {span.span_id}
    parent = by_id.get(span.parent_id)
    while parent is not None and parent.span_id not in seen:
        if type_of(parent) is not None:
            return parent
        seen.add(parent.span_id)
        parent = by_id.get(parent.parent_id)
    return None
