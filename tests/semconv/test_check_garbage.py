# SPDX-License-Identifier: Apache-2.0
"""Whatever telemetry holds, the oracle judges it and never raises."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from semconv.forms import chat
from spanwright.semconv._check_facts import SHAPES, TYPES
from spanwright.semconv.check import Point, Record, Span, check, from_otlp

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4)
)
WORDS = st.sampled_from(["type", "role", "parts", "content", "name", "text", "tool_call", "arguments", "id"])
GARBAGE = st.recursive(
    SCALARS | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *TYPES,
        *SHAPES,
        *SHAPES,
        "gen_ai.",
        "gen_ai.prompt.",
        "gen_ai.prompt.variable.",
        "http.request.header.",
    ],
)
OPERATIONS = st.sampled_from(["chat", "execute_tool", "invoke_agent", "fetch_response", ""])
ATTRIBUTES = st.dictionaries(KEYS | st.text(max_size=8), GARBAGE | GARBAGE.map(repr), max_size=5)


@given(
    ATTRIBUTES,
    OPERATIONS,
    st.sampled_from(["CLIENT", "INTERNAL", "SERVER", ""]),
    st.sampled_from(["ERROR", "OK", ""]),
)
def test_no_attribute_makes_the_oracle_raise(
    attributes: dict[str, Any],
    operation: str,
    kind: str,
    status: str,
) -> None:
    held = {"gen_ai.operation.name": operation, **attributes}
    check([Span(operation, kind, held, status, span_id="1", parent_id="1")], complete=True)
    check([Point(name, "histogram", "s", held) for name in ("gen_ai.client.operation.duration", "gen_ai.x")])
    check([Record(name, held) for name in ("gen_ai.client.inference.operation.details", "gen_ai.x")])


@given(st.dictionaries(st.sampled_from([*SHAPES]), GARBAGE, max_size=4))
def test_no_content_makes_the_oracle_raise(content: dict[str, Any]) -> None:
    check([Record("gen_ai.client.inference.operation.details", content)])
    check([chat({key: json.dumps(value, default=repr) for key, value in content.items()})])


@given(GARBAGE)
def test_no_document_makes_the_reader_raise(garbage: Any) -> None:
    for key, group, item in (
        ("resourceSpans", "scopeSpans", "spans"),
        ("resourceMetrics", "scopeMetrics", "metrics"),
        ("resourceLogs", "scopeLogs", "logRecords"),
    ):
        from_otlp({key: garbage})
        from_otlp({key: [{group: garbage}]})
        held = {
            "name": garbage,
            "kind": garbage,
            "attributes": [{"key": "k", "value": garbage}],
            "status": garbage,
        }
        point = {"asInt": garbage, "asDouble": garbage, "explicitBounds": garbage}
        sums = {"sum": {"dataPoints": [point]}, "severityNumber": garbage, "flags": garbage, "body": garbage}
        check(from_otlp({key: [{group: [{item: [{**held, **sums}]}]}]}))
