# SPDX-License-Identifier: Apache-2.0
"""Arguments and results, only when they are asked for; and `_meta`, which stays the application's."""

from __future__ import annotations

import json

from dirty_equals import IsStr
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind
from servers import SECOND, call, in_memory, meeting, send, text

from spanwright.instrumentors.mcp import McpInstrumentor


def both(recorder, name):
    return [dict(span.attributes) for span in recorder.spans if span.name == name]


async def test_arguments_and_results_stay_out_of_telemetry(traced, app):
    async with in_memory(app) as session:
        await session.call_tool("add", {"a": 73519, "b": 1})
        await session.get_prompt("greet", {"name": "SECRET"})
    assert "73519" not in traced.everything()
    assert "SECRET" not in traced.everything()


async def test_arguments_and_results_are_on_both_spans_when_asked_for(shown, app):
    async with in_memory(app) as session:
        await session.call_tool("add", {"a": 1, "b": 2})
    found = both(shown, "tools/call add")
    assert len(found) == 2
    for attributes in found:
        assert json.loads(attributes["gen_ai.tool.call.arguments"]) == {"a": 1, "b": 2}
        result = json.loads(attributes["gen_ai.tool.call.result"])
        assert result["content"][0]["text"] == "3"


async def test_a_failed_tool_has_no_result(shown, app):
    async with in_memory(app) as session:
        await session.call_tool("fail", {"text": "no"})
    for attributes in both(shown, "tools/call fail"):
        assert "gen_ai.tool.call.result" not in attributes


async def test_the_variables_of_a_prompt_are_shown_when_asked_for(shown, app):
    async with in_memory(app) as session:
        await session.get_prompt("greet", {"name": "Ada"})
    for attributes in both(shown, "prompts/get greet"):
        assert attributes["gen_ai.prompt.variable.name"] == "Ada"


# --- what is in `_meta`


async def test_the_context_is_beside_what_the_application_wrote(traced, app):
    async with meeting(app) as (session, seen):
        await send(session, call(mine="kept"))
    (client,) = [s for s in traced.spans if s.kind is SpanKind.CLIENT and s.name == "tools/call add"]
    assert seen == [{"mine": "kept", "traceparent": IsStr()}]
    parent = f"00-{client.context.trace_id:032x}-{client.context.span_id:016x}-"
    assert seen[0]["traceparent"].startswith(parent)


async def test_the_applications_objects_stay_as_they_are(traced, app):
    request = call(mine="kept")
    before = request.model_dump(by_alias=True)
    async with in_memory(app) as session:
        await send(session, request)
    assert request.model_dump(by_alias=True) == before


async def test_baggage_travels_with_the_call(traced, app):
    from opentelemetry import baggage

    token = otel_context.attach(baggage.set_baggage("tenant", "one"))
    try:
        async with meeting(app) as (session, seen):
            await session.call_tool("add", {"a": 1, "b": 2})
    finally:
        otel_context.detach(token)
    assert seen[0]["baggage"] == "tenant=one"


async def test_a_strange_context_is_none(traced, app):
    async with in_memory(app) as session:
        if not SECOND:
            await send(session, call(traceparent="nonsense", tracestate=[1], baggage={"a": 1}))
        await session.call_tool("add", {"a": 1, "b": 2})


# --- life


async def test_without_instrumentation_nothing_is_added(recorder, app):
    recorder.instrument(McpInstrumentor())
    recorder.uninstrument()
    async with meeting(app) as (session, seen):
        await session.call_tool("add", {"a": 1, "b": 2})
    assert (seen, recorder.spans) == ([{}], [])


async def test_it_can_be_instrumented_again(recorder, app):
    for _ in range(2):
        recorder.instrument(McpInstrumentor())
        recorder.uninstrument()
    recorder.instrument(McpInstrumentor())
    async with in_memory(app) as session:
        await session.call_tool("add", {"a": 1, "b": 2})
    assert len(both(recorder, "tools/call add")) == 2


async def test_a_session_that_was_open_before_is_traced(recorder, app):
    async with in_memory(app) as session:
        recorder.instrument(McpInstrumentor())
        await session.call_tool("add", {"a": 1, "b": 2})
    # A server of SDK 2 has taken its handlers along when it was connected; its own span stays then.
    assert len(both(recorder, "tools/call add")) == (1 if SECOND else 2)


async def test_suppression_silences_the_client(traced, app):
    with suppress_instrumentation():
        async with meeting(app) as (session, seen):
            assert text(await session.call_tool("add", {"a": 1, "b": 2})) == "3"
    assert traced.spans == []


async def test_the_span_is_current_only_while_the_call_runs(traced, app):
    async with in_memory(app) as session:
        await session.call_tool("add", {"a": 1, "b": 2})
        assert trace.get_current_span() is trace.INVALID_SPAN
