# SPDX-License-Identifier: Apache-2.0
"""What a client sends and a server handles, in one process."""

from __future__ import annotations

from contextlib import suppress

import anyio
import pytest
from mcp import types
from opentelemetry.trace import SpanKind, StatusCode
from servers import SECOND, failed, in_memory, text

from spanwright.instrumentors._kernel.operation import open_operation
from spanwright.instrumentors.mcp import McpInstrumentor
from spanwright.semconv.model import ToolRun

ERROR, UNSET = StatusCode.ERROR, StatusCode.UNSET
CALL = {
    "mcp.method.name": "tools/call",
    "gen_ai.operation.name": "execute_tool",
    "mcp.protocol.version": types.LATEST_PROTOCOL_VERSION if not SECOND else "2025-11-25",
}


def pair(recorder, name):
    """Return the spans of the side that sends and of the one that handles a message."""
    found = [span for span in recorder.spans if span.name == name]
    (client,) = [span for span in found if span.kind is SpanKind.CLIENT]
    (server,) = [span for span in found if span.kind is SpanKind.SERVER]
    return client, server


async def test_a_tool_call_is_a_client_span_over_a_server_span(traced, app):
    async with in_memory(app) as session:
        await session.call_tool("add", {"a": 1, "b": 2})
    client, server = pair(traced, "tools/call add")
    number = client.attributes["jsonrpc.request.id"]
    known = {**CALL, "gen_ai.tool.name": "add", "jsonrpc.request.id": number}
    assert (dict(client.attributes), dict(server.attributes)) == (known, {**known, "app.seen": True})
    assert server.parent.span_id == client.context.span_id
    assert server.parent.is_remote
    assert (client.status.status_code, server.status.status_code) == (UNSET, UNSET)


async def test_the_handshake_is_traced_as_well(traced, app):
    async with in_memory(app) as session:
        await session.send_ping()
    for name in ("initialize", "notifications/initialized"):
        client, server = pair(traced, name)
        assert server.parent.span_id == client.context.span_id


async def test_the_application_gets_what_it_gets_without_us(traced, app):
    async with in_memory(app) as session:
        result = await session.call_tool("add", {"a": 1, "b": 2})
    assert (type(result), text(result)) == (types.CallToolResult, "3")


async def test_prompts_and_resources_are_named_as_the_conventions_say(traced, app):
    async with in_memory(app) as session:
        await session.get_prompt("greet", {"name": "Ada"})
        await session.read_resource("note://one" if SECOND else types.AnyUrl("note://one"))
    client, server = pair(traced, "prompts/get greet")
    assert client.attributes["gen_ai.prompt.name"] == server.attributes["gen_ai.prompt.name"] == "greet"
    client, server = pair(traced, "resources/read")
    assert client.attributes["mcp.resource.uri"] == server.attributes["mcp.resource.uri"] == "note://one"


async def test_a_resource_address_is_written_without_its_secrets(traced, app):
    uri = "note://one?token=SECRET"
    async with in_memory(app) as session:
        with suppress(Exception):
            await session.read_resource(uri if SECOND else types.AnyUrl(uri))
    assert "SECRET" not in traced.everything()


# --- failures


async def test_a_tool_that_fails_is_a_tool_error_on_both_sides(traced, app):
    async with in_memory(app) as session:
        result = await session.call_tool("fail", {"text": "SECRET"})
    assert failed(result)
    for span in pair(traced, "tools/call fail"):
        assert (span.attributes["error.type"], span.status.status_code) == ("tool_error", ERROR)
    assert "SECRET" not in traced.everything()


async def test_what_the_client_did_wrong_is_no_failure_of_the_server(traced, app):
    reference = types.PromptReference(type="ref/prompt", name="greet")
    async with in_memory(app) as session:
        with pytest.raises(Exception) as raised:
            await session.complete(reference, {"name": "name", "value": "A"})
    client, server = pair(traced, "completion/complete")
    assert raised.value.error.code == -32601
    assert client.attributes["rpc.response.status_code"] == "-32601" == client.attributes["error.type"]
    assert client.status.status_code is ERROR
    assert server.attributes["rpc.response.status_code"] == "-32601"
    assert (server.status.status_code, server.attributes.get("error.type")) == (UNSET, None)


async def test_a_wait_that_is_too_long_is_a_timeout(traced, app):
    from datetime import timedelta

    async with in_memory(app) as session:
        limit = 0.01 if SECOND else timedelta(seconds=0.01)
        with pytest.raises(Exception):
            await session.call_tool("wait", {}, read_timeout_seconds=limit)
    (client,) = [s for s in traced.spans if s.name == "tools/call wait" and s.kind is SpanKind.CLIENT]
    assert client.attributes["error.type"] == "timeout"
    assert "rpc.response.status_code" not in client.attributes


async def test_a_call_that_is_cancelled_says_so(traced, app):
    async with in_memory(app) as session, anyio.create_task_group() as group:
        group.start_soon(session.call_tool, "wait", {})
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    for span in pair(traced, "tools/call wait"):
        assert span.attributes["error.type"] == "cancelled"


async def test_a_request_that_the_client_takes_back_is_cancelled_on_the_server(traced, app):
    async with in_memory(app) as session, anyio.create_task_group() as group:

        async def call():
            with anyio.CancelScope() as scope:
                scopes.append(scope)
                try:
                    await session.call_tool("wait", {})
                except Exception:
                    raised.append(True)

        scopes, raised = [], []
        group.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        number = 2 if SECOND else 1
        notice = types.CancelledNotification(
            method="notifications/cancelled",
            params=types.CancelledNotificationParams(**{"request_id" if SECOND else "requestId": number}),
        )
        await session.send_notification(notice if SECOND else types.ClientNotification(notice))
        await anyio.wait_all_tasks_blocked()
        scopes[0].cancel()
    _, server = pair(traced, "tools/call wait")
    assert server.attributes["error.type"] == "cancelled"


# --- the other direction


async def answer(context, params):
    content = types.TextContent(type="text", text="forty-two")
    return types.CreateMessageResult(role="assistant", content=content, model="m1")


async def test_sampling_is_a_client_span_in_the_server_and_a_server_span_in_the_client(traced, app):
    async with in_memory(app, sampling_callback=answer) as session:
        result = await session.call_tool("ask", {"question": "What?"})
    assert text(result) == "forty-two"
    client, server = pair(traced, "sampling/createMessage")
    _, tool = pair(traced, "tools/call ask")
    assert client.parent.span_id == tool.context.span_id
    assert server.parent.span_id == client.context.span_id
    assert "gen_ai.operation.name" not in client.attributes


async def test_progress_has_no_span(traced, app):
    async with in_memory(app, sampling_callback=answer) as session:
        await session.call_tool("ask", {"question": "What?"})
    assert not [span for span in traced.spans if "progress" in span.name]


# --- the trace


async def test_everything_under_one_span_is_one_trace(traced, app):
    with traced.tracer_provider.get_tracer("app").start_as_current_span("agent"):
        async with in_memory(app, sampling_callback=answer) as session:
            await session.call_tool("ask", {"question": "What?"})
    assert len({span.context.trace_id for span in traced.spans}) == 1


def tool_run(recorder, name):
    instrumentor = McpInstrumentor()
    return open_operation(instrumentor._telemetry(**recorder.providers), ToolRun(name=name))


@pytest.mark.parametrize("name", ["add", "weather_add", "weather.add"])
async def test_a_call_inside_the_span_of_an_agents_tool_goes_to_that_span(traced, app, name):
    from spanwright.instrumentors._kernel import current

    async with in_memory(app) as session:
        tool = tool_run(traced, name)
        tokens = current.enter(tool.context)
        await session.call_tool("add", {"a": 1, "b": 2})
        current.leave(tokens)
        tool.finish()
    (server,) = [span for span in traced.spans if span.name == "tools/call add"]
    found = traced.one("execute_tool")
    assert server.parent.span_id == found.context.span_id
    assert found.attributes["mcp.method.name"] == "tools/call"
    assert found.attributes["gen_ai.tool.name"] == name


async def test_a_call_inside_the_span_of_a_foreign_tool_goes_to_that_span(traced, app):
    tracer = traced.tracer_provider.get_tracer("agents")
    facts = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "fail"}
    async with in_memory(app) as session:
        with tracer.start_as_current_span("execute_tool fail", attributes=facts):
            await session.call_tool("fail", {"text": "x"})
    found = traced.one("execute_tool")
    assert found.attributes["error.type"] == "tool_error"
    assert found.status.status_code is ERROR
    assert [span.kind for span in traced.spans if span.name == "tools/call fail"] == [SpanKind.SERVER]


async def test_another_tool_inside_the_span_of_an_agents_tool_has_a_span_of_its_own(traced, app):
    from spanwright.instrumentors._kernel import current

    async with in_memory(app) as session:
        tool = tool_run(traced, "calculate")
        tokens = current.enter(tool.context)
        await session.call_tool("add", {"a": 1, "b": 2})
        current.leave(tokens)
        tool.finish()
    client, _ = pair(traced, "tools/call add")
    assert client.parent.span_id == traced.one("execute_tool").context.span_id


# --- metrics


async def test_each_side_measures_the_call_and_the_session(traced, app):
    async with in_memory(app) as session:
        await session.call_tool("fail", {"text": "x"})
    labels = {**CALL, "gen_ai.tool.name": "fail", "error.type": "tool_error"}
    for side in ("client", "server"):
        points = traced.points(f"mcp.{side}.operation.duration")
        (point,) = [each for each in points if each.labels["mcp.method.name"] == "tools/call"]
        assert (point.labels, point.count) == (labels, 1)
    (point,) = traced.points("mcp.client.session.duration")
    assert point.labels == {"mcp.protocol.version": CALL["mcp.protocol.version"]}
