# SPDX-License-Identifier: Apache-2.0
"""HTTP by httpx and its successor httpx2: one span an attempt, and the trace context in its headers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch
from spanwright.instrumentors.httpx.others import traced_by_contrib

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

MODULES = ("httpx", "httpx2")
_UNCOUNTED = "a followed redirect is not counted as a resend and keeps the trace headers of the hop before"

logger = logging.getLogger("spanwright")


class HttpxInstrumentor(Instrumentor):
    """Patches the method that every attempt passes, and the one that makes the next request of a redirect.

    `_send_single_request` is private, and yet the one place that sees each attempt of each client once, from
    httpx 0.24 to httpx2 2.16: below it every transport has a method of its own (the application's, mounts,
    ASGI, WSGI, mocks), above it (`send`) redirects and rounds of authentication are one call. It is looked up
    on the class, so clients made earlier and `httpx.get` pass it too. VCR patches transports, below us.
    """

    supports = ("httpx >= 0.24, < 1", "httpx2 >= 2.0, < 3")
    watches = MODULES
    captures = "every attempt (redirects, authentication, retries) with its body; context propagation"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.httpx.attempts import Attempts

        for module in MODULES:
            if traced_by_contrib(module):
                logger.debug("%s is left to opentelemetry-instrumentation-httpx", module)
                continue
            attempts = Attempts(telemetry, module)
            call = traced(attempts)
            for client in ("Client", "AsyncClient"):
                yield Patch(module, f"{client}._send_single_request", call)
                yield Patch(
                    module,
                    f"{client}._build_redirect_request",
                    attempts.redirected,
                    optional=True,
                    lost=_UNCOUNTED,
                )

    def stands_aside(self) -> str | None:
        """Leave both modules to opentelemetry-instrumentation-httpx where it traces them."""
        if all(traced_by_contrib(module) for module in MODULES):
            return "opentelemetry-instrumentation-httpx is installed and not disabled"
        return None
