# SPDX-License-Identifier: Apache-2.0
"""The servers behind Google's two doors; behind an address that nobody knows, the client tells which of them it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._families.servers import Servers
from spanwright.semconv import names as n

if TYPE_CHECKING:
    from spanwright.instrumentors._families.servers import Server

_GEMINI = Servers(n.ProviderName.GCP_GEMINI)
_VERTEX = Servers(n.ProviderName.GCP_VERTEX_AI)


def server(address: Any, *, vertex: bool) -> Server:
    """Return the server at a base address, as a client for Vertex AI or for the Gemini API sees it."""
    return (_VERTEX if vertex else _GEMINI).of(None, address)
