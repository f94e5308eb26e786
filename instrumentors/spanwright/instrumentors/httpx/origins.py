# SPDX-License-Identifier: Apache-2.0
"""What follows from where a request goes: the server's attributes, whether it gets a span and our headers."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from spanwright.semconv import hosts

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.settings import Settings

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_KEPT = 512


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL; `propagates` tells whether trace context and baggage go there."""

    scheme: str
    address: str
    port: int | None
    excluded: bool
    propagates: bool


def finder(settings: Settings) -> Callable[[str, bytes, int | None], Origin]:
    """Return a function that finds the origin of (scheme, host, port); what it found is kept, in bounds."""

    @lru_cache(maxsize=_KEPT)
    def find(scheme: str, host: bytes, port: int | None) -> Origin:
        address = host.decode("ascii", "replace").lower()
        excluded = _matches(address, settings.excluded_hosts)
        propagates = not excluded and _propagates(address, settings.propagate_to)
        return Origin(scheme, address, port or _PORTS.get(scheme), excluded, propagates)

    return find


def _propagates(host: str, listed: tuple[str, ...] | None) -> bool:
    """By default everywhere but to the public model APIs: baggage holds what is no business of a stranger."""
    return hosts.provider(host) is None if listed is None else _matches(host, listed)


def _matches(host: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(host.rstrip("."), pattern) for pattern in patterns)
