# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Anthropic's API that are GenAI operations, and the platform that serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects.wire import fields, string
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._families.stainless import DialectReader
from spanwright.instrumentors._kernel import report
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors.anthropic import calls
from spanwright.instrumentors.anthropic.native import BesideNative, reports_elsewhere
from spanwright.semconv import names as n
from spanwright.semconv.model import Inference

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._families.stainless import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

# The platform clients by a class that they inherit from; their addresses may be anyone's.
_PLATFORMS = {
    "BaseBedrockClient": n.ProviderName.AWS_BEDROCK,
    "BaseMantleClient": n.ProviderName.AWS_BEDROCK,
    "BaseVertexClient": n.ProviderName.GCP_VERTEX_AI,
    "BaseFoundryClient": n.ProviderName.AZURE_AI_INFERENCE,
}


class AnthropicEndpoints:
    """Finds the operation of a call, and the server from the client that makes this very call."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._servers = Servers(n.ProviderName.ANTHROPIC, _platform)
        self._readers = {
            (path, beside): (BesideNative if beside else DialectReader)(dialect, refined=False)
            for path, (_, dialect) in calls.POSTS.items()
            for beside in (False, True)
        }

    def find(self, client: Any, method: str, path: str, body: dict[str, Any]) -> Found | None:
        """Return subject, reader and content reader of the call, or None when it is no GenAI operation."""
        found = calls.endpoint(method, path)
        if found is None:
            return None
        operation, _ = calls.POSTS[found]
        server = self._servers.of(client, getattr(client, "_base_url", None) or client.base_url)
        # What the application tells the SDK's own tracing: which conversation it is, and where to report.
        told = fields(getattr(client, "open_telemetry", None))
        reader = self._readers[found, reports_elsewhere(self._telemetry, told)]
        subject = Inference(
            operation, server.provider, reader.request(body), None, server.address, server.port
        )
        subject.conversation_id = string(told.get("conversation_id"))
        if hasattr(client, "_copy_and_prepare"):
            # Since 1.0 the body may still hold the application's iterators and files here: see `prepared`.
            return subject, reader, None
        return subject, reader, lambda: reader.content(body)

    def answered(self, operation: Operation) -> None:
        """Take no note: no answer is fetched again."""


def prepared(
    wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Read the content of the request once the SDK has materialised it, on its way to be sent."""
    del instance
    guard(_take_content, *args, **kwargs)
    return wrapped(*args, **kwargs)


def _take_content(cast_to: Any = None, options: Any = None, **_: Any) -> None:
    del cast_to
    operation = calls.in_flight(options)
    if operation is None or not operation.capturing or operation.taken:
        return
    # A framework's operation, with a reader of another kind, has content of its own.
    if isinstance(reader := operation.reader, DialectReader):
        report.take_content(operation, lambda: reader.content(fields(options.json_data)))


def _platform(client: Any) -> str | None:
    """Tell the platform by the client's class."""
    found = (_PLATFORMS.get(base.__name__) for base in type(client).__mro__)
    return next((each for each in found if each is not None), None)
