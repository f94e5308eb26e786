# SPDX-License-Identifier: Apache-2.0
"""Examples for the rules on messages, tools, documents and arguments."""

from __future__ import annotations

import json

from semconv.forms import TEXT, Case, asked, chat, details, operation, said, tool, written

CASES: list[Case] = [
    (
        "choice-count",
        [
            written("gen_ai.output.messages", [{**said(TEXT, role="assistant")[0], "finish_reason": "stop"}]),
            chat(
                {
                    "gen_ai.response.finish_reasons": ("stop", "error"),
                    "gen_ai.output.messages": json.dumps(said(TEXT)),
                },
            ),
        ],
        [
            written("gen_ai.output.messages", said(TEXT) * 2),
            written("gen_ai.output.messages", [{**said(TEXT)[0], "finish_reason": "length"}]),
            chat(
                {
                    "gen_ai.response.finish_reasons": ("stop", "stop"),
                    "gen_ai.output.messages": json.dumps(said(TEXT)),
                },
            ),
        ],
    ),
    (
        "content-not-json",
        [
            asked(TEXT),
            tool({"gen_ai.tool.call.result": "sunny"}),
            tool({"gen_ai.tool.call.arguments": '{"a": 1}'}),
        ],
        [
            written("gen_ai.input.messages", '[{"role": "user", "par'),
            chat({"gen_ai.input.messages": ("hi",)}),
            tool({"gen_ai.tool.call.arguments": "{'a': 1}"}),
            written("gen_ai.system_instructions", "[" * 100_000),
        ],
    ),
    (
        "content-not-structured",
        [
            details({"gen_ai.input.messages": said(TEXT)}),
            details({"gen_ai.input.messages": tuple(said(TEXT))}),
        ],
        [details({"gen_ai.input.messages": json.dumps(said(TEXT))})],
    ),
    (
        "malformed-message",
        [written("gen_ai.input.messages", [{"role": "critic", "parts": [], "name": None, "extra": 1}])],
        [
            written("gen_ai.input.messages", {"role": "user", "parts": []}),
            written("gen_ai.input.messages", ["hi"]),
            written("gen_ai.input.messages", [{"role": "user"}]),
            written("gen_ai.input.messages", [{"role": 1, "parts": []}]),
            written("gen_ai.input.messages", [{"role": "user", "parts": "hi"}]),
            written("gen_ai.output.messages", [{"role": "assistant", "parts": [], "finish_reason": 1}]),
            details({"gen_ai.input.messages": said(TEXT)[0]}),
        ],
    ),
    (
        "malformed-part",
        [
            asked(
                TEXT,
                {"type": "tool_call", "name": "f", "id": None, "arguments": {"a": 1}},
                {"type": "tool_call", "name": "f", "arguments": '{"a": '},
                {"type": "tool_call_response", "response": "sunny", "id": "1"},
                {"type": "server_tool_call", "name": "search", "server_tool_call": {"type": "web_search"}},
                {"type": "server_tool_call_response", "server_tool_call_response": {"type": "web_search"}},
                {"type": "reasoning", "content": ""},
                {"type": "compaction"},
                {"type": "blob", "modality": "image", "content": "aGk=", "mime_type": "image/png"},
                {"type": "uri", "modality": "image", "uri": "https://example.com/a.png"},
                {"type": "file", "modality": "document", "file_id": "file_1"},
                {"type": "generic", "generic_type": "hologram", "depth": 3},
            ),
            written("gen_ai.system_instructions", [TEXT, {"type": "generic", "generic_type": "cache_point"}]),
        ],
        [
            asked({"type": "text", "content": 5}),
            asked({"type": "text"}),
            asked("hi"),
            asked({"content": "hi"}),
            asked({"type": "hologram"}),
            asked({"type": "generic"}),
            asked({"type": "tool_call", "name": ""}),
            asked({"type": "tool_call", "name": "f", "id": 7}),
            asked({"type": "tool_call", "name": "f", "arguments": '{"a": 1}'}),
            asked({"type": "tool_call_response", "result": "sunny"}),
            asked({"type": "server_tool_call", "name": "search", "server_tool_call": {}}),
            asked({"type": "server_tool_call_response", "server_tool_call_response": "x"}),
            asked({"type": "reasoning", "content": None}),
            asked({"type": "compaction", "content": []}),
            asked({"type": "blob", "modality": "image", "content": "%%%"}),
            asked({"type": "uri", "modality": "image", "uri": "data:image/png;base64,aGk="}),
            asked({"type": "file", "file_id": "file_1"}),
            written("gen_ai.system_instructions", [{"type": "reasoning", "content": "hm"}]),
            written("gen_ai.system_instructions", TEXT),
        ],
    ),
    (
        "malformed-tool",
        [
            written(
                "gen_ai.tool.definitions",
                [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
            ),
            written(
                "gen_ai.tool.definitions",
                [{"type": "web_search", "name": "web_search", "parameters": 3}],
            ),
        ],
        [
            written("gen_ai.tool.definitions", [{"type": "function", "function": {"name": "f"}}]),
            written("gen_ai.tool.definitions", [{"name": "f"}]),
            written("gen_ai.tool.definitions", [{"type": "function", "name": "f", "parameters": "{}"}]),
            written("gen_ai.tool.definitions", {}),
        ],
    ),
    (
        "malformed-document",
        [
            operation(
                "retrieval",
                {"gen_ai.retrieval.documents": '[{"id": "1", "score": 0.5, "x": 1}]'},
                "CLIENT",
            ),
            operation(
                "search_memory",
                {"gen_ai.memory.records": '[{"content": {"a": 1}, "metadata": {}}]'},
                "CLIENT",
            ),
        ],
        [
            operation("retrieval", {"gen_ai.retrieval.documents": '[{"id": 1}]'}, "CLIENT"),
            operation("retrieval", {"gen_ai.retrieval.documents": '[{"score": true}]'}, "CLIENT"),
            operation("retrieval", {"gen_ai.retrieval.documents": '"text"'}, "CLIENT"),
            operation("search_memory", {"gen_ai.memory.records": '[{"id": "1"}]'}, "CLIENT"),
            operation(
                "search_memory",
                {"gen_ai.memory.records": '[{"content": "x", "metadata": []}]'},
                "CLIENT",
            ),
        ],
    ),
    (
        "malformed-arguments",
        [tool({"gen_ai.tool.call.arguments": "{}", "gen_ai.tool.call.result": "[1, 2]"})],
        [
            tool({"gen_ai.tool.call.arguments": '"{\\"a\\": 1}"'}),
            tool({"gen_ai.tool.call.arguments": "[1]"}),
            tool({"gen_ai.tool.call.result": '"{\\"a\\": 1}"'}),
        ],
    ),
]
