# SPDX-License-Identifier: Apache-2.0
"""Where cassettes were recorded, and what they keep of a request and of its answer."""

from __future__ import annotations

from typing import Any

ADDRESS = "http://provider.test"
SERVER = {"server.address": "provider.test", "server.port": 80}
"""What a span tells of that address."""
LINE = ("method", "scheme", "host", "port", "path")
"""What of a request a cassette must hold at least."""
KEPT = (
    *("content-type", "request-id", "x-request-id"),
    # Bedrock tells an error's name, and the usage of some models, nowhere else.
    *("x-amzn-errortype", "x-amzn-requestid", "x-amzn-bedrock-content-type"),
    *("x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count"),
)


def scrub(message: Any) -> Any:
    """Keep the few headers that say something; above all no authorisation."""
    if isinstance(message, dict):
        return {**message, "headers": _kept(message["headers"])}
    message.headers = _kept(message.headers)
    return message


def _kept(headers: Any) -> dict[str, Any]:
    return {name.lower(): value for name, value in headers.items() if name.lower() in KEPT}
