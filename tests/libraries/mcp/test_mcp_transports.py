# SPDX-License-Identifier: Apache-2.0
"""One trace over every transport: a process of its own, streamable HTTP, and server-sent events."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from mcp import ClientSession
from mcp.client import stdio as pipes
from mcp.shared.message import ServerMessageMetadata
from opentelemetry.trace import SpanKind
from servers import Listening, over_events, over_http, stdio, text

hands_on = pytest.mark.skipif(
    not hasattr(ServerMessageMetadata, "request_context"), reason="this SDK does not hand the HTTP request on"
)


def children(file):
    """Return the spans that a server in another process has written."""
    return [json.loads(line) for line in Path(file).read_text().splitlines()]


async def call_over_stdio(file, **environ):
    async with (
        pipes.stdio_client(stdio(SPANS=str(file), **environ)) as streams,
        ClientSession(*streams) as session,
    ):
        await session.initialize()
        await session.list_tools()
        return await session.call_tool("add", {"a": 1, "b": 2})


# --- stdio


async def test_a_server_in_another_process_goes_on_with_the_trace(traced, tmp_path):
    file = tmp_path / "spans"
    assert text(await call_over_stdio(file)) == "3"
    client = traced.one("tools/call add")
    (server,) = [span for span in children(file) if span["name"] == "tools/call add"]
    assert int(server["context"]["trace_id"], 16) == client.context.trace_id
    assert int(server["parent_id"], 16) == client.context.span_id
    assert server["kind"] == "SpanKind.SERVER"


async def test_the_tree_of_a_call_over_stdio(traced, tmp_path):
    file = tmp_path / "spans"
    with traced.tracer_provider.get_tracer("app").start_as_current_span("agent"):
        await call_over_stdio(file)
    below = {}
    for span in children(file):
        below.setdefault(int(span["parent_id"], 16), []).append(f"{span['name']} (server)")
    lines = []
    for span in traced.spans:
        lines.append("  " * (span.parent is not None) + span.name)
        lines += ["    " + name for name in below.get(span.context.span_id, ())]
    assert lines == snapshot(
        [
            "agent",
            "  initialize",
            "    initialize (server)",
            "  notifications/initialized",
            "    notifications/initialized (server)",
            "  tools/list",
            "    tools/list (server)",
            "  tools/call add",
            "    tools/call add (server)",
        ]
    )


async def test_both_sides_of_a_pipe_say_that_it_is_one(traced, tmp_path):
    file = tmp_path / "spans"
    await call_over_stdio(file)
    (server,) = [span for span in children(file) if span["name"] == "tools/call add"]
    assert traced.attributes("tools/call add")["network.transport"] == "pipe"
    assert server["attributes"]["network.transport"] == "pipe"


def test_nothing_but_messages_is_on_a_servers_standard_output(tmp_path):
    hello = {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-03-26",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "add", "arguments": {"a": 1, "b": 2}},
    }
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    script = Path(__file__).with_name("stdio_server.py")
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"SPANS": str(tmp_path / "spans"), "SPANWRIGHT_STRICT": "1"},
        text=True,
    )
    with process:
        answers = []
        for message in (hello, ready, call):
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            if "id" in message:
                answers.append(json.loads(process.stdout.readline()))
        process.stdin.close()
        rest = process.stdout.read()
    assert [answer["id"] for answer in answers] == [0, 1]
    assert rest == ""
    assert len(children(tmp_path / "spans")) == 3


async def test_a_server_that_is_not_traced_answers_as_ever(traced, tmp_path):
    assert text(await call_over_stdio(tmp_path / "none", TRACED="0")) == "3"
    assert traced.one("tools/call add").attributes["mcp.method.name"] == "tools/call"


# --- HTTP


def sides(recorder, name):
    found = [span for span in recorder.spans if span.name == name]
    (client,) = [span for span in found if span.kind is SpanKind.CLIENT]
    (server,) = [span for span in found if span.kind is SpanKind.SERVER]
    return client, server


async def test_streamable_http_is_one_trace(traced, app):
    with Listening(app.streamable_http_app()) as url:
        async with over_http(url) as session:
            assert text(await session.call_tool("add", {"a": 1, "b": 2})) == "3"
    client, server = sides(traced, "tools/call add")
    assert server.parent.span_id == client.context.span_id
    port = int(url.rpartition(":")[2])
    known = {
        "mcp.method.name": "tools/call",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "add",
        "jsonrpc.request.id": client.attributes["jsonrpc.request.id"],
        "mcp.protocol.version": client.attributes["mcp.protocol.version"],
        "mcp.session.id": client.attributes["mcp.session.id"],
        "network.transport": "tcp",
        "network.protocol.name": "http",
    }
    assert dict(client.attributes) == {**known, "server.address": "127.0.0.1", "server.port": port}


@hands_on
async def test_a_server_over_http_tells_who_has_called(traced, app):
    with Listening(app.streamable_http_app()) as url:
        async with over_http(url) as session:
            await session.call_tool("add", {"a": 1, "b": 2})
    client, server = sides(traced, "tools/call add")
    assert server.attributes["network.transport"] == "tcp"
    assert server.attributes["client.address"] == "127.0.0.1"
    assert server.attributes["network.protocol.version"] == "1.1"
    assert server.attributes["mcp.session.id"] == client.attributes["mcp.session.id"]


async def test_http_spans_nest_under_the_message_that_they_carry(traced, app):
    from spanwright.instrumentors.httpx import HttpxInstrumentor

    traced.instrument(HttpxInstrumentor())
    with Listening(app.streamable_http_app()) as url:
        async with over_http(url) as session:
            await session.call_tool("add", {"a": 1, "b": 2})
    client, server = sides(traced, "tools/call add")
    posts = [span for span in traced.spans if span.parent and span.parent.span_id == client.context.span_id]
    # The oldest SDK is redirected once.
    assert {span.name for span in posts} == {"POST", "tools/call add"}
    assert server.parent.span_id == client.context.span_id


@hands_on
async def test_the_span_of_the_http_server_is_linked(traced, app):
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

    web = OpenTelemetryMiddleware(
        app.streamable_http_app(), tracer_provider=traced.tracer_provider, exclude_spans=["receive", "send"]
    )
    with Listening(web) as url:
        async with over_http(url) as session:
            await session.call_tool("add", {"a": 1, "b": 2})
    client, server = sides(traced, "tools/call add")
    assert server.parent.span_id == client.context.span_id
    (link,) = server.links
    (http,) = [span for span in traced.spans if span.context.span_id == link.context.span_id]
    assert http.name.startswith("POST")


async def test_server_sent_events_are_one_trace(traced, app):
    with Listening(app.sse_app()) as url:
        async with over_events(url) as session:
            assert text(await session.call_tool("add", {"a": 1, "b": 2})) == "3"
    client, server = sides(traced, "tools/call add")
    assert server.parent.span_id == client.context.span_id
    assert client.attributes["network.protocol.name"] == "http"
