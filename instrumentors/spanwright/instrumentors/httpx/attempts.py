# SPDX-License-Identifier: Apache-2.0
"""The seams `_send_single_request` and `_build_redirect_request`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# `Telemetry.enabled` knows the general switch; this is the one of HTTP clients.
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.redaction import redact_url
from spanwright.instrumentors.httpx.attempt import Attempt
from spanwright.instrumentors.httpx.bodies import observe
from spanwright.instrumentors.httpx.resends import Resends, owner
from spanwright.instrumentors.httpx.targets import finder

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.call import Begun
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_SWITCHING_PROTOCOLS = 101


class Attempts:
    """Opens an attempt for each request that is sent, and leaves its end to the body of the response."""

    def __init__(self, telemetry: Telemetry, module: str) -> None:
        self._telemetry = telemetry
        self._module = module
        self._find = finder(telemetry.settings)
        self._resends = Resends()

    def begin(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begun | None:
        """Open an attempt and write its context into the headers of the request, if the host is to get it.

        Headers of another context are replaced, as the instrumentation of OpenTelemetry does and as W3C asks:
        they are those of the hop before, of a span around this one or of an incoming request passed on.
        """
        del instance
        context = current.now()
        # An empty context, which is common at the root of a trace, suppresses nothing and holds no operation.
        if context and not is_http_instrumentation_enabled():
            return None
        request = _request(*args, **kwargs)
        method, url = request.method, request.url
        target = self._find(method, url.scheme, url.raw_host, url.port)
        if target.excluded:
            return None
        url = str(url)
        if "=" in url or "@" in url:
            url = redact_url(url)
        if (policy := self._telemetry.settings.policy) is not None:
            url = policy.url(url)
        around = owner(current.operation(context)) if context else None
        place = self._resends.take(request, method, url, around)
        trail = (self._resends, request, (method, url), place, around)
        attempt = Attempt(self._telemetry, target, url, context, trail)
        if target.propagates:
            self._telemetry.inject(request.headers, attempt.context)
        return attempt, args, kwargs

    def returned(self, operation: Any, value: Any) -> None:
        """Take the answer's facts; the end of the body ends the attempt, or its absence does so now."""
        handed = False
        try:
            status = value.status_code
            operation.answered(status, value.extensions.get("http_version"))
            # A response made with its content is read by now; what follows a 101 (a WebSocket) is no body.
            if not value.is_closed and status != _SWITCHING_PROTOCOLS:
                handed = observe(value, operation, self._module)
        finally:
            if not handed:
                operation.finish()

    def redirected(
        self, wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Wrap `_build_redirect_request(request, response)`, which returns the request of the next hop."""
        del instance
        following = wrapped(*args, **kwargs)
        guard(self._follow, args, kwargs, following)
        return following

    def _follow(self, args: tuple[Any, ...], kwargs: dict[str, Any], following: Any) -> None:
        """Pass the place on, and take our headers out of what a host gets that is not to have them."""
        place = self._resends.redirected(_request(*args, **kwargs), following)
        if place is None or not place.injected:
            return
        url = following.url
        if not self._find(following.method, url.scheme, url.raw_host, url.port).propagates:
            for name in place.injected:
                following.headers.pop(name, None)


def _request(request: Any, *_: Any, **__: Any) -> Any:
    """Bind `_send_single_request(request)` and `_build_redirect_request(request, response)`."""
    return request
