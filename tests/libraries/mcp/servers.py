# SPDX-License-Identifier: Apache-2.0
"""One server for every transport and either SDK, and the ways to reach it."""

# Without postponed annotations, which the oldest SDK does not resolve in a tool's signature.
import sys
import warnings
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import anyio
import uvicorn
from mcp import ClientSession, StdioServerParameters
from mcp.shared.memory import create_client_server_memory_streams
from opentelemetry import trace

try:
    from mcp.server.mcpserver import Context
    from mcp.server.mcpserver import MCPServer as Application
except ModuleNotFoundError:  # SDK 1
    from mcp.server.fastmcp import Context
    from mcp.server.fastmcp import FastMCP as Application

from mcp import types

SECOND = "mcp_types" in sys.modules


def application() -> Any:
    app = Application("weather")

    @app.tool()
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        trace.get_current_span().set_attribute("app.seen", True)
        return a + b

    @app.tool()
    def fail(text: str) -> str:
        """Fail with what it is given."""
        raise ValueError(text)

    @app.tool()
    async def wait() -> str:
        """Wait to be cancelled."""
        await anyio.sleep_forever()
        return ""

    @app.tool()
    async def ask(question: str, ctx: Context) -> str:
        """Ask the client's model, and tell of the progress."""
        await ctx.report_progress(1, 2)
        warnings.simplefilter("ignore")  # sampling is on its way out in SDK 2
        message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text=question))
        answer = await ctx.session.create_message([message], max_tokens=10)
        return answer.content.text

    @app.resource("note://{name}")
    def note(name: str) -> str:
        """Read a note."""
        return f"note {name}"

    @app.prompt()
    def greet(name: str) -> str:
        """Greet somebody."""
        return f"Hello {name}"

    return app


def low(app: Any) -> Any:
    return app._lowlevel_server if SECOND else app._mcp_server


@asynccontextmanager
async def in_memory(app: Any, **given: Any) -> Any:
    server = low(app)
    async with create_client_server_memory_streams() as (client, other), anyio.create_task_group() as group:
        group.start_soon(server.run, *other, server.create_initialization_options())
        try:
            async with ClientSession(*client, **given) as session:
                await session.initialize()
                yield session
        finally:
            group.cancel_scope.cancel()


def stdio(**environ: str) -> StdioServerParameters:
    """Return how to start the server in a process of its own."""
    script = Path(__file__).with_name("stdio_server.py")
    return StdioServerParameters(command=sys.executable, args=[str(script)], env=environ)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def startup(self, *given: Any, **named: Any) -> None:
        await super().startup(*given, **named)
        self.ready.set()


class Listening:
    """A web application that is served on 127.0.0.1 in a thread."""

    def __init__(self, web: Any) -> None:
        config = uvicorn.Config(web, host="127.0.0.1", port=0, log_level="error", ws="none")
        self._server = _Server(config)
        self._thread = Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        if not self._server.ready.wait(timeout=30):
            raise RuntimeError("the server has not started")
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=60)


@asynccontextmanager
async def over_http(url: str) -> Any:
    from mcp.client import streamable_http as transport

    connect = getattr(transport, "streamable_http_client", None) or transport.streamablehttp_client
    async with connect(f"{url}/mcp") as streams, ClientSession(*streams[:2]) as session:
        await session.initialize()
        yield session


@asynccontextmanager
async def over_events(url: str) -> Any:
    from mcp.client import sse

    async with sse.sse_client(f"{url}/sse") as streams, ClientSession(*streams) as session:
        await session.initialize()
        yield session


def failed(result: Any) -> bool:
    return result.is_error if SECOND else result.isError


def text(result: Any) -> str:
    return result.content[0].text


@asynccontextmanager
async def meeting(app):
    """Connect to a server that remembers the `_meta` of the calls that it gets."""
    seen = []
    server = low(app)
    if SECOND:

        async def note(context, follow):
            if context.method == "tools/call":
                seen.append(dict(context.meta or {}))
            return await follow(context)

        server.middleware.append(note)
    else:
        handler = server.request_handlers[types.CallToolRequest]

        async def noted(request):
            seen.append(request.params.meta.model_dump(exclude_none=True) if request.params.meta else {})
            return await handler(request)

        server.request_handlers[types.CallToolRequest] = noted
    async with in_memory(app) as session:
        yield session, seen


def call(**meta):
    """Return a request with a `_meta` of the application's own."""
    params = types.CallToolRequestParams(name="add", arguments={"a": 1, "b": 2}, _meta=meta)
    return types.CallToolRequest(method="tools/call", params=params)


async def send(session, request):
    return await session.send_request(
        request if SECOND else types.ClientRequest(request), types.CallToolResult
    )
