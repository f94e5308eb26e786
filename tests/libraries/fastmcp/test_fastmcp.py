# SPDX-License-Identifier: Apache-2.0
"""FastMCP's client and server: one span on each side, whoever traces the message."""

from __future__ import annotations

import json
from contextlib import suppress

from fastmcp import Client
from opentelemetry.trace import SpanKind, StatusCode


def pair(recorder, name):
    found = [span for span in recorder.spans if span.name == name]
    (client,) = [span for span in found if span.kind is SpanKind.CLIENT]
    (server,) = [span for span in found if span.kind is SpanKind.SERVER]
    return client, server


async def test_a_tool_call_is_one_span_on_each_side(traced, app):
    async with Client(app) as client:
        result = await client.call_tool("add", {"a": 1, "b": 2})
    assert result.data == 3
    sent, handled = pair(traced, "tools/call add")
    assert handled.parent.span_id == sent.context.span_id
    for span in (sent, handled):
        assert span.attributes["gen_ai.operation.name"] == "execute_tool"
        assert span.attributes["gen_ai.tool.name"] == "add"
        assert span.attributes["jsonrpc.request.id"]


async def test_a_tool_that_fails_is_a_tool_error_on_both_sides(traced, app):
    async with Client(app) as client:
        with suppress(Exception):
            await client.call_tool("fail", {"text": "SECRET"})
    for span in pair(traced, "tools/call fail"):
        assert span.attributes["error.type"] == "tool_error"
        assert span.status.status_code is StatusCode.ERROR
        assert span.events == ()
    assert "SECRET" not in traced.everything()


async def test_a_prompt_is_named(traced, app):
    async with Client(app) as client:
        await client.get_prompt("greet", {"name": "Ada"})
    for span in pair(traced, "prompts/get greet"):
        assert span.attributes["gen_ai.prompt.name"] == "greet"


async def test_content_is_on_both_spans_when_asked_for(shown, app):
    async with Client(app) as client:
        await client.call_tool("add", {"a": 1, "b": 2})
    for span in pair(shown, "tools/call add"):
        assert json.loads(span.attributes["gen_ai.tool.call.arguments"]) == {"a": 1, "b": 2}
        assert json.loads(span.attributes["gen_ai.tool.call.result"])["content"][0]["text"] == "3"


async def test_both_sides_measure(traced, app):
    async with Client(app) as client:
        await client.call_tool("add", {"a": 1, "b": 2})
    for side in ("client", "server"):
        points = traced.points(f"mcp.{side}.operation.duration")
        (point,) = [each for each in points if each.labels["mcp.method.name"] == "tools/call"]
        assert point.count == 1


async def test_everything_is_one_trace(traced, app):
    with traced.tracer_provider.get_tracer("app").start_as_current_span("agent"):
        async with Client(app) as client:
            await client.call_tool("add", {"a": 1, "b": 2})
    assert len({span.context.trace_id for span in traced.spans}) == 1


async def test_a_call_inside_the_span_of_an_agents_tool_goes_to_that_span(traced, app):
    tracer = traced.tracer_provider.get_tracer("agents")
    facts = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "add"}
    async with Client(app) as client:
        with tracer.start_as_current_span("execute_tool add", attributes=facts) as tool:
            await client.call_tool("add", {"a": 1, "b": 2})
    (server,) = [span for span in traced.spans if span.name == "tools/call add"]
    assert server.kind is SpanKind.SERVER
    assert server.parent.span_id == tool.get_span_context().span_id
    assert traced.one("execute_tool").attributes["mcp.method.name"] == "tools/call"
