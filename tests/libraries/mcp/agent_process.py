# SPDX-License-Identifier: Apache-2.0
"""An agent behind HTTP that calls one tool of a server in a process of its own, answers once and exits.

It prints its port.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from files import tracing

from spanwright.instrumentors.mcp import McpInstrumentor

provider = tracing()
McpInstrumentor().instrument(tracer_provider=provider)

import uvicorn
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

PASSED_ON = {name: os.environ[name] for name in ("SPANS", "PROVIDER")}


async def agent(scope, receive, send):
    """Answer a request with what the tool says."""
    oracle = StdioServerParameters(
        command=sys.executable, args=[str(HERE / "model_server.py")], env=PASSED_ON
    )
    async with stdio_client(oracle) as streams, ClientSession(*streams) as session:
        await session.initialize()
        found = await session.call_tool("consult", {"question": "hi"})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": found.content[0].text.encode()})
    server.should_exit = True


class Server(uvicorn.Server):
    async def startup(self, *given, **named):
        await super().startup(*given, **named)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


web = OpenTelemetryMiddleware(agent, tracer_provider=provider, exclude_spans=["receive", "send"])
server = Server(uvicorn.Config(web, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off"))
server.run()
