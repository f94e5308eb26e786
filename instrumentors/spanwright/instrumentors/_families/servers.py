# SPDX-License-Identifier: Apache-2.0
"""Which server a client asks, and which provider is behind it: found once a base address, since parsing is not free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spanwright.semconv import hosts

if TYPE_CHECKING:
    from collections.abc import Callable

_AT_MOST = 256
_HTTPS, _HTTP = 443, 80


@dataclass(frozen=True, slots=True)
class Server:
    """Host and port that are asked, None where unknown, and the provider's name."""

    address: str | None
    port: int | None
    provider: str


class Servers:
    """The servers of base addresses, kept in bounds.

    `default` is the provider at a host that nobody knows; `named` may tell it from the client instead of its host.
    """

    def __init__(self, default: str, named: Callable[[Any], str | None] | None = None) -> None:
        self._default = default
        self._named = named
        self._found: dict[int, tuple[Any, Server]] = {}

    def of(self, client: Any, url: Any) -> Server:
        """Return the server behind `url`, a text or an object with `scheme`, `host` and `port`, of this client."""
        held = self._found.get(id(url))
        # The address itself is held, so that its identity cannot become that of another one.
        if held is None or held[0] is not url:
            if len(self._found) >= _AT_MOST:
                self._found.clear()
            held = self._found[id(url)] = (url, self._find(client, url))
        return held[1]

    def _find(self, client: Any, url: Any) -> Server:
        parsed: Any = urlsplit(url) if isinstance(url, str) else url
        address = getattr(parsed, "hostname", None) if isinstance(url, str) else getattr(parsed, "host", None)
        if not isinstance(address, str) or not address:
            address = None
        port = getattr(parsed, "port", None)
        if port is None and address is not None:
            port = _HTTP if getattr(parsed, "scheme", None) == "http" else _HTTPS
        named = self._named(client) if self._named is not None else None
        return Server(address, port, named or hosts.provider(address) or self._default)
