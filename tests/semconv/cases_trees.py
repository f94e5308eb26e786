# SPDX-License-Identifier: Apache-2.0
"""Examples for the rules on many spans together."""

from __future__ import annotations

from semconv.forms import Case, agent, chat, mcp, outer, request, tool
from spanwright.semconv.check import Span

CASES: list[Case] = [
    (
        "doubled-call",
        outer(chat(), chat(), tool()) + outer(agent(), chat(), request()),
        outer(chat(), chat(), request(), Span("mine")),
    ),
    (
        "doubled-tool",
        outer(tool(), mcp({"gen_ai.tool.name": "other"}, name="tools/call other")),
        outer(tool(), mcp()),
    ),
    (
        "strange-trace",
        [chat(trace_id="t", span_id="2", parent_id="1"), agent(trace_id="t", span_id="1")],
        [chat(trace_id="u", span_id="2", parent_id="1"), agent(trace_id="t", span_id="1")],
    ),
    (
        "lost-parent",
        [chat(trace_id="t", span_id="2", parent_id="1", remote_parent=True), chat(trace_id="t", span_id="3")],
        [chat(trace_id="t", span_id="2", parent_id="1")],
    ),
]
