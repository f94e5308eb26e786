# SPDX-License-Identifier: Apache-2.0
"""The Model Context Protocol, over every transport: what a client sends, what a server handles, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_SESSION = "mcp.shared.session"
_JSONRPC, _DIRECT = "mcp.shared.jsonrpc_dispatcher", "mcp.shared.direct_dispatcher"
_NO_CHANNEL = "its spans do not say over what they went"


class McpInstrumentor(Instrumentor):
    """Spans and metrics of MCP messages; the trace goes on from client to server and back."""

    supports = ("mcp >= 1.8, < 3",)
    # The first module of either SDK that is imported, so that later ones bind what is patched.
    watches = ("mcp.types", "mcp_types", "mcp")
    captures = (
        "MCP requests and notifications of clients and servers, sampling and elicitation, session durations"
    )

    def patches(self, telemetry: Telemetry) -> Iterator[Patch]:
        """Patch where messages leave and arrive, and note what carries them."""
        from importlib.metadata import version

        yield from _first(telemetry) if version("mcp").startswith("1.") else _second(telemetry)
        yield from _channels()


def _first(telemetry: Telemetry) -> Iterator[Patch]:
    from spanwright.instrumentors._kernel.call import traced
    from spanwright.instrumentors.mcp import channels, durations, first

    handling = traced(first.Handling(telemetry, first.handshake))
    yield Patch(_SESSION, "BaseSession.send_request", traced(first.Sending(telemetry)))
    yield Patch(_SESSION, "BaseSession.send_notification", first.notifying(telemetry))
    yield Patch(_SESSION, "RequestResponder.respond", first.responded)
    yield Patch("mcp.server.session", "ServerSession._received_request", handling)
    handling = traced(first.Handling(telemetry, first.request))
    yield Patch("mcp.client.session", "ClientSession._received_request", handling)
    yield Patch("mcp.server.lowlevel.server", "Server._handle_request", handling)
    handling = traced(first.Notified(telemetry))
    yield Patch("mcp.server.lowlevel.server", "Server._handle_notification", handling)
    yield Patch(_SESSION, "BaseSession.__aenter__", durations.entered)
    yield Patch(_SESSION, "BaseSession.__aexit__", durations.left(telemetry))
    yield Patch("mcp.shared.message", "ServerMessageMetadata.__init__", channels.take)
    yield Patch(
        "mcp.client.streamable_http",
        "StreamableHTTPTransport._handle_post_request",
        first.posted,
        lost="HTTP spans do not nest under the messages that they carry",
    )


def _second(telemetry: Telemetry) -> Iterator[Patch]:
    from spanwright.instrumentors._kernel.call import traced
    from spanwright.instrumentors.mcp import durations, second

    direct = traced(second.Sending(telemetry, carries=True))
    notifying = traced(second.Sending(telemetry, notifies=True))
    handling = traced(second.Handling(telemetry))
    yield Patch(_JSONRPC, "JSONRPCDispatcher.send_raw_request", traced(second.Sending(telemetry)))
    yield Patch(_JSONRPC, "JSONRPCDispatcher.notify", notifying)
    yield Patch(_DIRECT, "DirectDispatcher._dispatch_request", direct)
    yield Patch(_DIRECT, "DirectDispatcher._dispatch_notify", notifying)
    yield Patch("mcp.server.runner", "ServerRunner._on_request", handling)
    yield Patch("mcp.server.runner", "ServerRunner._on_notify", handling)
    yield Patch("mcp.client.session", "ClientSession._on_request", handling)
    yield Patch(_JSONRPC, "otel_span", second.stand_in, optional=True, replaces=True)
    yield Patch("mcp.server._otel", "otel_span", second.stand_in, optional=True, replaces=True)
    yield Patch("mcp.client.session", "ClientSession.__aenter__", durations.entered)
    yield Patch("mcp.client.session", "ClientSession.__aexit__", durations.left(telemetry))


def _channels() -> Iterator[Patch]:
    from spanwright.instrumentors.mcp import channels

    http = "mcp.client.streamable_http"
    yield Patch(http, "StreamableHTTPTransport.post_writer", channels.post, lost=_NO_CHANNEL)
    for module, name, facts in (
        ("mcp.client.stdio", "stdio_client", channels.pipe),
        ("mcp.server.stdio", "stdio_server", channels.pipe),
        ("mcp.client.sse", "sse_client", channels.http),
        ("mcp.client.websocket", "websocket_client", channels.websocket),
    ):
        yield Patch(module, name, channels.opened(facts), optional=True)
