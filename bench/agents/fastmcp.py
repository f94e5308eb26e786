# SPDX-License-Identifier: Apache-2.0
"""FastMCP and the protocol's SDK beneath it: ten calls of tools in one session in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fastmcp
from bench.agents.model import TURNS, called, clock, thermometer

from spanwright.instrumentors.fastmcp import FastMcpInstrumentor
from spanwright.instrumentors.mcp import McpInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model


class INSTRUMENTOR:
    """Both instrumentors: the spans are the protocol's."""

    def __init__(self) -> None:
        self._both = (McpInstrumentor(), FastMcpInstrumentor())

    def instrument(self, **providers: Any) -> None:
        """Place the patches."""
        for each in self._both:
            each.instrument(**providers)

    def uninstrument(self) -> None:
        """Remove them."""
        for each in reversed(self._both):
            each.uninstrument()


DISTRIBUTIONS = ("fastmcp", "mcp")


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what holds a session of ten calls."""
    server = fastmcp.FastMCP("hall")
    server.tool(thermometer)
    server.tool(clock)

    @server.tool
    async def last() -> str:
        """End as it is to end."""
        if not await model.astep(TURNS - 1):
            raise LookupError
        return "well"

    async def run() -> object:
        async with fastmcp.Client(server) as session:
            for done in range(TURNS - 1):
                await model.astep(done)
                await session.call_tool(*called(done))
            return await session.call_tool("last", {})

    return run
