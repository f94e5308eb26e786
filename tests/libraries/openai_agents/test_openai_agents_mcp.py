# SPDX-License-Identifier: Apache-2.0
"""Tools of an MCP server that an agent has: a tool is one span, to which the client of the protocol adds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from agents import Runner
from agents.mcp import MCPServerStdio
from dirty_equals import IsPartialDict

from alike import agents as alike
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.mcp import McpInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.openai_agents import OpenAIAgentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

SERVER = """
try:
    from mcp.server.mcpserver import MCPServer as Application
except ModuleNotFoundError:  # SDK 1
    from mcp.server.fastmcp import FastMCP as Application

app = Application("sums")

@app.tool()
def add(a: int, b: int) -> int:
    return a + b

app.run("stdio")
"""


async def test_a_tool_of_a_server_is_one_span_and_says_by_which_protocol_it_was_called(
    recorder: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    recorder.instrument(OpenAIAgentsInstrumentor(), OpenAIInstrumentor(), McpInstrumentor())
    provider.say(Reply(tool_calls=[ToolCall("add", {"a": 1, "b": 2})]), Reply("Three."))
    async with MCPServerStdio({"command": sys.executable, "args": ["-c", SERVER]}) as server:
        result = await Runner.run(make("Clerk", mcp_servers=[server]), "What is 1 + 2?")
    assert result.final_output == "Three."
    assert alike.shape(recorder.tree()) == (
        "invoke_agent Clerk",
        "  chat",
        "  execute_tool add",
        "  chat",
    )
    assert recorder.attributes("execute_tool add") == IsPartialDict(
        {"gen_ai.tool.type": "function", "mcp.method.name": "tools/call"}
    )
