# SPDX-License-Identifier: Apache-2.0
"""Examples for the rules on kinds, names, statuses and sets of attributes."""

from __future__ import annotations

from semconv.forms import FAILED, Case, agent, chat, duration, fetch, mcp, request, stored, tool
from spanwright.semconv.check import Record, Span

CASES: list[Case] = [
    (
        "wrong-kind",
        [chat(kind="INTERNAL"), agent(kind="CLIENT", changes={"gen_ai.provider.name": "openai"})],
        [chat(kind="SERVER"), tool(kind="CLIENT"), mcp(kind="PRODUCER"), request(kind="INTERNAL")],
    ),
    (
        "wrong-name",
        [
            chat({"gen_ai.request.model": None, "gen_ai.provider.name": "groq"}, name="chat"),
            tool({"gen_ai.skill.name": "pdf"}, name="execute_tool weather pdf"),
            tool(
                {"gen_ai.skill.name": "pdf", "gen_ai.skill.resource.name": "a.md"},
                name="execute_tool weather pdf a.md",
            ),
            mcp({"mcp.resource.uri": "file:///a"}),
            request({"url.template": "/v1/{id}"}, name="POST /v1/{id}"),
            request({"http.request.method": "_OTHER", "http.request.method_original": "BREW"}, name="HTTP"),
        ],
        [
            chat(name="chat"),
            chat(name="openai.chat"),
            fetch({"gen_ai.operation.name": "plan"}),
            mcp(name="MCP send tools/call weather"),
            request(name="POST /v1/responses"),
            stored(name="upsert"),
        ],
    ),
    (
        "missing-attribute",
        [fetch(), request(), stored(), stored({"db.collection.name": None}, name="upsert")],
        [
            chat({"gen_ai.provider.name": None}),
            chat({"gen_ai.request.model": None}, name="chat"),
            tool({"gen_ai.tool.name": None}, name="execute_tool"),
            fetch({"gen_ai.response.id": None}),
            request({"server.port": None}),
            stored({"db.operation.name": None}),
            Span("mine", attributes={"gen_ai.request.model": "gpt-5"}),
        ],
    ),
    (
        "missing-companion",
        [
            chat({"server.address": None, "server.port": None}),
            chat({"gen_ai.provider.name": "azure.ai.inference", "server.port": None}),
            Span("notifications/progress", "CLIENT", {"mcp.method.name": "notifications/progress"}),
        ],
        [
            chat({"server.port": None}),
            mcp({"jsonrpc.request.id": None}),
            mcp({"gen_ai.tool.name": None}, name="tools/call"),
            request({"http.request.method": "_OTHER"}, name="HTTP"),
            duration({"server.address": "api.openai.com"}),
        ],
    ),
    (
        "foreign-attribute",
        [
            chat({"openai.response.system_fingerprint": "fp"}),
            chat({"user.id": "7"}),
            chat({"spanwright.cost": 0.25}),
            chat({"gen_ai.input.messages_ref": "s3://x"}),
            tool({"mcp.method.name": "tools/call", "mcp.session.id": "7", "jsonrpc.request.id": "1"}),
            Span("mine", attributes={"gen_ai.conversation.id": "c1"}),
        ],
        [
            tool({"gen_ai.usage.input_tokens": 1}),
            agent({"spanwright.cost": 0.25}),
            fetch({"gen_ai.usage.input_tokens": 1}),
            fetch({"gen_ai.input.messages": "[]"}),
            agent({"gen_ai.usage.cache_read.input_tokens": 1}),
            agent({"gen_ai.provider.name": "openai"}),
            agent({"server.address": "localhost"}),
            chat({"gen_ai.retrieval.top_k": 3}),
            chat({"gen_ai.main_agent.id": "a"}),
        ],
    ),
    (
        "error-without-type",
        [chat({"error.type": "ValueError"}, **FAILED)],
        [chat(**FAILED), request(**FAILED)],
    ),
    ("type-without-error", [chat()], [chat({"error.type": "ValueError"}), tool({"error.type": "_OTHER"})]),
    ("status-ok", [chat(status="UNSET")], [chat(status="OK"), request(status="OK")]),
    (
        "removed-event",
        [chat(events=("exception",))],
        [chat(events=("gen_ai.choice",)), Record("gen_ai.user.message", {})],
    ),
    (
        "mcp-operation",
        [mcp(), Span("ping", "CLIENT", {"mcp.method.name": "ping", "jsonrpc.request.id": "1"})],
        [
            mcp({"gen_ai.operation.name": None}),
            Span(
                "ping",
                "CLIENT",
                {
                    "mcp.method.name": "ping",
                    "gen_ai.operation.name": "execute_tool",
                    "jsonrpc.request.id": "1",
                },
            ),
        ],
    ),
    (
        "mcp-status",
        [
            mcp({"rpc.response.status_code": "-32602"}, kind="SERVER"),
            mcp({"rpc.response.status_code": "-32602", "error.type": "-32602"}, **FAILED),
            mcp({"rpc.response.status_code": "-32603", "error.type": "-32603"}, kind="SERVER", **FAILED),
        ],
        [
            mcp({"rpc.response.status_code": "-32602"}),
            mcp({"rpc.response.status_code": "-32602", "error.type": "-32602"}, kind="SERVER", **FAILED),
            mcp({"rpc.response.status_code": "-32603"}, kind="SERVER"),
        ],
    ),
]
