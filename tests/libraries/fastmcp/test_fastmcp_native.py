# SPDX-License-Identifier: Apache-2.0
"""FastMCP's own tracing beside ours: what it knows goes to our spans, and it is back when we have left."""

from __future__ import annotations

from fastmcp import Client
from opentelemetry.trace import SpanKind

from spanwright.instrumentors.fastmcp import FastMcpInstrumentor


async def test_its_own_attributes_are_on_our_server_span(traced, app):
    async with Client(app) as client:
        await client.call_tool("add", {"a": 1, "b": 2})
    (server,) = [s for s in traced.spans if s.name == "tools/call add" and s.kind is SpanKind.SERVER]
    assert server.attributes["fastmcp.server.name"] == "weather"
    assert server.attributes["fastmcp.component.type"] == "tool"
    assert server.instrumentation_scope.name == "spanwright.instrumentors.mcp"


async def test_mounted_servers_keep_their_own_spans(traced, app):
    from fastmcp import FastMCP

    outer = FastMCP("outer")
    outer.mount(app, "inner")
    async with Client(outer) as client:
        await client.call_tool("inner_add", {"a": 1, "b": 2})
    names = [span.name for span in traced.spans if span.name.startswith("delegate")]
    assert len(names) == 1


async def test_without_us_it_traces_as_ever(native, app):
    native.instrument(FastMcpInstrumentor())
    native.uninstrument()
    async with Client(app) as client:
        await client.call_tool("add", {"a": 1, "b": 2})
    assert "fastmcp" in {span.instrumentation_scope.name for span in native.spans}
    native.spans_exporter.clear()


async def test_alone_it_leaves_the_clients_spans_to_fastmcp(native, app):
    native.instrument(FastMcpInstrumentor())
    async with Client(app) as client:
        await client.call_tool("add", {"a": 1, "b": 2})
    assert [s for s in native.spans if s.kind is SpanKind.CLIENT and "tools/call" in s.name]
    native.spans_exporter.clear()
