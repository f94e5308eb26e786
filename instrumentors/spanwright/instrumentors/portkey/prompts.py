# SPDX-License-Identifier: Apache-2.0
"""Stored prompts: `POST /prompts/<id>/completions`, which the SDK sends itself and answers in OpenAI's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._kernel.streams import observed
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Inference

if TYPE_CHECKING:
    from spanwright.instrumentors._families.endpoints import PostEndpoints
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_BEFORE, _AFTER = "/prompts/", "/completions"


class Prompts(Method):
    """The seam `_request(*, options, stream, ...)` of the SDK's own client."""

    def __init__(self, telemetry: Telemetry, endpoints: PostEndpoints) -> None:
        super().__init__(telemetry, self._prompted)
        self._endpoints = endpoints

    def returned(self, operation: Operation, value: Any) -> None:
        """End the operation, unless a stream will: the SDK's own object, whose source of chunks alone is replaced."""
        if hasattr(_kind(value), "__stream__"):
            value._iterator = observed(value._iterator, operation)  # noqa: SLF001 - the one seam of both classes
        else:
            operation.finish(value)

    def _prompted(self, client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found | None:
        del args
        options = kwargs.get("options")
        path, body = getattr(options, "url", None), getattr(options, "json_body", None)
        # A retry is a call of the same method within the call.
        if kwargs.get("retry_count") or not isinstance(path, str) or not isinstance(body, dict):
            return None
        head, _, name = path.partition("?")[0].removesuffix(_AFTER).rpartition(_BEFORE)
        if head or not name or not path.partition("?")[0].endswith(_AFTER):
            return None
        server = self._endpoints.server(client)
        reader = self._endpoints.reader("/chat/completions", server)
        request = reader.request(cast("dict[str, Any]", body))
        request.prompt_name = name
        subject = Inference(n.OperationName.CHAT, server.provider, request, None, server.address, server.port)
        # The prompt is stored with the gateway; its variables alone are sent.
        return subject, reader, Content


def _kind(value: object) -> type:
    return type(value)
