# SPDX-License-Identifier: Apache-2.0
"""What cassettes keep of a request and of its answer."""

from __future__ import annotations

from typing import Any

KEPT = ("content-type",)


def scrub(message: Any) -> Any:
    """Keep the few headers that say something; above all no authorisation."""
    if isinstance(message, dict):
        headers = {name.lower(): value for name, value in message["headers"].items()}
        return {**message, "headers": {name: headers[name] for name in KEPT if name in headers}}
    message.headers = {name: value for name, value in message.headers.items() if name.lower() in KEPT}
    return message
