# SPDX-License-Identifier: Apache-2.0
"""The seam `_send_single_request`: one attempt, from its headers to the end of its body."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# The kernel's `Telemetry.enabled` knows the general switch alone; this one is for HTTP clients.
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.errors import describe
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import Operation
from spanwright.instrumentors._kernel.redaction import redact_url
from spanwright.instrumentors.httpx.bodies import observe
from spanwright.instrumentors.httpx.origins import finder
from spanwright.instrumentors.httpx.resends import Resends
from spanwright.semconv.model import HttpRequest
from spanwright.semconv.names import HttpMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Begun
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.httpx.origins import Origin
    from spanwright.instrumentors.httpx.resends import Place

_METHODS = frozenset(
    value for name, value in vars(HttpMethod).items() if name.isupper() and value != HttpMethod.OTHER
)
# The conventions' own switch: a full replacement of the list, case-sensitive.
_KNOWN_METHODS = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"
_VERSIONS = {b"HTTP/1.0": "1.0", b"HTTP/1.1": "1.1", b"HTTP/2": "2", b"HTTP/3": "3"}
_SWITCHED, _REDIRECTED, _FAILED = 101, 300, 400


class Attempt(Operation):
    """One attempt: a failed one is remembered, since the next one may be its resend."""

    __slots__ = ("_outer", "_place", "_request", "_resends")

    def __init__(
        self,
        telemetry: Telemetry,
        subject: HttpRequest,
        context: Context,
        outer: Operation | None,
        resends: Resends,
        request: Any,
        place: Place,
    ) -> None:
        self._outer = outer
        self._resends = resends
        self._request = request
        self._place = place
        super().__init__(telemetry, subject, None, context, outer)

    def answered(self, status: int) -> None:
        """Take note of the status: a redirect or a failure may be followed by another attempt."""
        if status >= _FAILED:
            self._resends.failed(self._request, self._place, self._outer)
        elif status >= _REDIRECTED:
            # What we gave this hop is injected once more to learn the names of the headers; redirects are rare.
            carrier: dict[str, str] = {}
            if self._propagated:
                self.telemetry.inject(carrier, self.context)
            self._resends.answered(self._request, self._place, tuple(carrier))

    def fail(self, error: BaseException) -> None:
        """End with an error, which the SDK above may answer with a retry."""
        if self.is_open and isinstance(error, Exception):
            guard(self._resends.failed, self._request, self._place, self._outer)
        super().fail(error)
