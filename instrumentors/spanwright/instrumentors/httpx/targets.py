# SPDX-License-Identifier: Apache-2.0
"""What follows from method, scheme, host and port alone, found once for all requests that share them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spanwright.semconv import hosts, points, render
from spanwright.semconv import names as n
from spanwright.semconv.model import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.settings import Settings

# The conventions' own switch: it replaces the list of methods, which are case-sensitive.
_KNOWN_METHODS = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"
_METHODS = (
    n.HttpMethod.CONNECT,
    n.HttpMethod.DELETE,
    n.HttpMethod.GET,
    n.HttpMethod.HEAD,
    n.HttpMethod.OPTIONS,
    n.HttpMethod.PATCH,
    n.HttpMethod.POST,
    n.HttpMethod.PUT,
    n.HttpMethod.QUERY,
    n.HttpMethod.TRACE,
)
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_VERSIONS = {b"HTTP/1.0": "1.0", b"HTTP/1.1": "1.1", b"HTTP/2": "2", b"HTTP/3": "3"}
_KEPT = 512


@dataclass(frozen=True, slots=True)
class Target:
    """What all requests of one method to one origin share: the span's name and attributes, the metric's labels.

    `propagates` tells whether trace context and baggage go there; nothing is done at all when `excluded`.
    """

    name: str
    attributes: dict[str, Any]
    labels: dict[str, Any]
    excluded: bool
    propagates: bool


def finder(settings: Settings) -> Callable[[str, str, bytes, int | None], Target]:
    """Return a function that finds the target of (method, scheme, host, port) and keeps what it found, in bounds."""
    listed = os.environ.get(_KNOWN_METHODS, "").strip()
    methods = [name.strip() for name in listed.split(",")] if listed else _METHODS

    @lru_cache(maxsize=_KEPT)
    def find(method: str, scheme: str, host: bytes, port: int | None) -> Target:
        address = host.decode("ascii", "replace").lower()
        known = method in methods
        request = HttpRequest(
            method if known else n.HttpMethod.OTHER,
            "",
            original_method=None if known else method,
            address=address,
            port=port or _PORTS.get(scheme),
            scheme=scheme,
        )
        # Without a host nothing can be sent: the library raises before it tries.
        excluded = not address or _matches(address, settings.excluded_hosts)
        propagates = not excluded and _propagates(address, settings.propagate_to)
        if settings.policy is not None:
            settings.policy.subject(request)
        return Target(
            render.name(request), render.start(request), points.series(request), excluded, propagates
        )

    return find


@lru_cache(maxsize=_KEPT)
def answer(status: int, version: bytes | None) -> dict[str, Any]:
    """Return what an answer adds to the attributes and to the labels alike."""
    request = HttpRequest("", "", status_code=status, protocol_version=_VERSIONS.get(version or b""))
    return render.finish(request)


def _propagates(host: str, listed: tuple[str, ...] | None) -> bool:
    """By default everywhere but to the public model APIs: the baggage is no business of a stranger."""
    return hosts.provider(host) is None if listed is None else _matches(host, listed)


def _matches(host: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(host.rstrip("."), pattern) for pattern in patterns)
