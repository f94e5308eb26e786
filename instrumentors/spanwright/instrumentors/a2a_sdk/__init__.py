# SPDX-License-Identifier: Apache-2.0
"""The Agent2Agent protocol's SDK: agents that are asked over the network, and agents that answer there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_HANDLERS = "a2a.server.request_handlers"
# Where the SDK reads the options of an HTTP request; of these modules a version has some.
_HTTP = (
    "a2a.client.transports.jsonrpc",
    "a2a.client.transports.rest",
    "a2a.compat.v0_3.jsonrpc_transport",
    "a2a.compat.v0_3.rest_transport",
)
_GRPC = (
    ("a2a.client.transports.grpc", "GrpcTransport"),
    ("a2a.compat.v0_3.grpc_transport", "CompatGrpcTransport"),
)


class A2ASdkInstrumentor(Instrumentor):
    """One span where an agent is asked and one where it answers, in one trace, in the place of the SDK's own spans."""

    supports = ("a2a-sdk >= 0.3.10, < 2",)
    watches = ("a2a",)
    captures = "messages to remote agents and their handling, plain and streamed; context over HTTP and gRPC"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch | OnImport]:
        """Patch where messages are sent and handled, and what the SDK asks for a tracer."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.a2a_sdk import headers
        from spanwright.instrumentors.a2a_sdk.calls import Handling, Sending
        from spanwright.instrumentors.a2a_sdk.tracers import swap

        sending, handling = traced(Sending(telemetry)), traced(Handling(telemetry))
        yield Patch("a2a.client.base_client", "BaseClient.send_message", sending)
        # The client that 0.3 still has from before.
        yield Patch("a2a.client.legacy", "A2AClient.send_message", sending, optional=True)
        yield Patch("a2a.client.legacy", "A2AClient.send_message_streaming", sending, optional=True)
        lost = "messages that are received are not traced"
        for module, handler in _handlers():
            for method in ("on_message_send", "on_message_send_stream"):
                yield Patch(f"{_HANDLERS}.{module}", f"{handler}.{method}", handling, lost=lost)
        carried, told = headers.carried(telemetry), headers.told(telemetry)
        for module in _HTTP:
            yield Patch(module, "get_http_args", carried, optional=True)
        yield Patch(
            "a2a.client.transports.jsonrpc", "JsonRpcTransport._get_http_args", carried, optional=True
        )
        yield Patch("a2a.client.transports.rest", "RestTransport._get_http_args", carried, optional=True)
        # Without them there is no context over gRPC: the first versions send no metadata.
        for module, transport in _GRPC:
            yield Patch(module, f"{transport}._get_grpc_metadata", told, optional=True)
        tracers = swap()
        yield OnImport("a2a.utils.telemetry", tracers.place, tracers.remove)


def _handlers() -> Iterator[tuple[str, str]]:
    """Yield module and class of each handler that the installed version has."""
    from importlib.metadata import version

    if version("a2a-sdk").startswith("0."):
        yield "default_request_handler", "DefaultRequestHandler"
        return
    yield "default_request_handler_v2", "DefaultRequestHandlerV2"
    yield "default_request_handler", "LegacyRequestHandler"
