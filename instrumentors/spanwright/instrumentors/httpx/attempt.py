# SPDX-License-Identifier: Apache-2.0
"""One attempt in flight: the kernel's operation, which an HTTP status can fail too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.errors import describe
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import Operation
from spanwright.instrumentors.httpx.resends import Place

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.httpx.resends import Resends
    from spanwright.semconv.model import HttpRequest

    # Where to leave a trail, the request, its place (None: the first), the span of the operation around it.
    Trail = tuple[Resends, Any, Place | None, Any]

_REDIRECTED, _FAILED = 300, 400


class Attempt(Operation):
    """An attempt that fails or is redirected leaves a trail, by which its resend will be known."""

    __slots__ = ("propagated", "trail")

    subject: HttpRequest

    def __init__(
        self,
        telemetry: Telemetry,
        subject: HttpRequest,
        context: Context,
        outer: Operation | None,
        trail: Trail,
    ) -> None:
        self.trail: Trail | None = trail
        self.propagated = False
        super().__init__(telemetry, subject, None, context, outer)

    def answer(self, status: int, version: str | None) -> None:
        """Take the facts of an answer, which another attempt may follow."""
        self.touch()
        self.subject.status_code = status
        self.subject.protocol_version = version
        if status >= _REDIRECTED:
            self._leave_trail(failed=status >= _FAILED)

    def fail(self, error: BaseException) -> None:
        """End with an error, which the SDK above may answer with a retry."""
        if self.is_open and isinstance(error, Exception):
            guard(self._leave_trail, failed=True)
        super().fail(error)

    def _leave_trail(self, *, failed: bool) -> None:
        if self.trail is None:
            return
        resends, request, place, owner = self.trail
        if place is None:
            method = self.subject.original_method or self.subject.method
            place = Place(0, (method, self.subject.url))
        if failed:
            resends.failed(request, place, owner)
            return
        # Written once more to learn the names of the headers that this hop was given: redirects are rare.
        headers: dict[str, str] = {}
        if self.propagated:
            self.telemetry.inject(headers, self.context)
        resends.expect(request, place, tuple(headers))

    def _answered_error(self) -> str | None:
        status = self.subject.status_code
        return str(status) if status is not None and status >= _FAILED else None

    def _message(self, error: BaseException | None) -> str | None:
        """Write the text of the library's own errors; those of the application may quote content."""
        if error is None or type(error).__module__ in ("httpx", "httpx2"):
            return super()._message(error)
        return describe(error, content=self.telemetry.settings.content)

    def _end(self, error: BaseException | None, at: int) -> None:
        super()._end(error, at)
        self.trail = None
