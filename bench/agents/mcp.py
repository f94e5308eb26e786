# SPDX-License-Identifier: Apache-2.0
"""The Model Context Protocol: ten calls of tools in one session in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.agents.model import TURNS, called, clock, thermometer
from mcp import Client
from mcp.server.mcpserver import MCPServer

from spanwright.instrumentors.mcp import McpInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = McpInstrumentor
DISTRIBUTIONS = ("mcp",)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what holds a session of ten calls."""
    server = MCPServer("hall")
    server.add_tool(thermometer)
    server.add_tool(clock)

    @server.tool()
    async def last() -> str:
        """End as it is to end."""
        if not await model.astep(TURNS - 1):
            raise LookupError
        return "well"

    async def run() -> object:
        async with Client(server) as session:
            for done in range(TURNS - 1):
                await model.astep(done)
                await session.call_tool(*called(done))
            return await session.call_tool("last", {})

    return run
