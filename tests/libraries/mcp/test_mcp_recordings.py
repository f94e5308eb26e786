# SPDX-License-Identifier: Apache-2.0
"""A real server's answers over streamable HTTP, given again to the real client."""

from __future__ import annotations

import json

import pytest
from opentelemetry.trace import SpanKind
from servers import Listening, over_http, text
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from recordings.tape import interactions


def recorded(folder):
    """Return the recorded answers of the MCP server by method, the first one of each."""
    found = {}
    for each in interactions("mcp"):
        asked = json.loads(each.request_body or b"null")
        answers = [event for event in each.events if "result" in event or "error" in event]
        if isinstance(asked, dict) and "jsonrpc" in asked and answers:
            found.setdefault(asked["method"], (asked, answers[0]))
    return found


def replaying(answers):
    async def serve(request):
        if request.method != "POST":
            return Response(status_code=405)
        asked = await request.json()
        if "id" not in asked or "method" not in asked:
            return Response(status_code=202)
        if asked["method"] not in answers:
            answer = {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}}
        else:
            _, answer = answers[asked["method"]]
        if asked["method"] == "initialize":
            # The oldest SDK knows no version as new as the recorded one.
            known = min(answer["result"]["protocolVersion"], asked["params"]["protocolVersion"])
            answer["result"]["protocolVersion"] = known
        event = json.dumps({**answer, "id": asked["id"]})
        return Response(f"event: message\r\ndata: {event}\r\n\r\n", media_type="text/event-stream")

    return Starlette(routes=[Route("/mcp", serve, methods=["GET", "POST", "DELETE"])])


async def test_a_recorded_session_is_traced(traced, recordings):
    answers = recorded(recordings)
    asked, answered = answers["tools/call"]
    given = asked["params"]
    with Listening(replaying(answers)) as url:
        async with over_http(url) as session:
            listed = await session.list_tools()
            result = await session.call_tool(given["name"], given["arguments"])
    assert len(listed.tools) == len(answers["tools/list"][1]["result"]["tools"])
    assert text(result) == answered["result"]["content"][0]["text"]
    span = traced.one(f"tools/call {given['name']}")
    version = answers["initialize"][1]["result"]["protocolVersion"]
    assert span.kind is SpanKind.CLIENT
    assert span.attributes["mcp.protocol.version"] == version
    assert span.attributes.get("error.type") == ("tool_error" if answered["result"].get("isError") else None)


@pytest.mark.parametrize("method", ["initialize", "tools/list", "tools/call"])
def test_the_recordings_hold_every_method(recordings, method):
    assert method in recorded(recordings)
