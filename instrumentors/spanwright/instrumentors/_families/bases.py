# SPDX-License-Identifier: Apache-2.0
"""Which server a framework's object is told to ask: the base address among its settings, parsed once each."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spanwright.semconv import hosts

if TYPE_CHECKING:
    from collections.abc import Iterable

    Base = tuple[str | None, int | None, str | None]

_HTTPS, _HTTP = 443, 80


def base(settings: dict[str, Any], names: Iterable[str]) -> Base:
    """Return address, port and provider, each None where unknown, of the first of `names` that is an address."""
    for name in names:
        found = settings.get(name)
        if isinstance(found, str) and found:
            return _parsed(found)
    return None, None, None


@lru_cache(maxsize=256)
def _parsed(address: str) -> Base:
    try:
        url = urlsplit(address)
        host, port = url.hostname, url.port
    except ValueError:
        return None, None, None
    if host is None:
        return None, None, None
    return host, port or (_HTTP if url.scheme == "http" else _HTTPS), hosts.provider(host)
