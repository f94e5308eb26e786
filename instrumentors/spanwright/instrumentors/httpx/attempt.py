# SPDX-License-Identifier: Apache-2.0
"""One attempt in flight, from its request to the end of its body."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.errors import describe, error_type
from spanwright.instrumentors._kernel.guard import guard, mistaken
from spanwright.instrumentors._kernel.operation import Operation
from spanwright.instrumentors.httpx.resends import Place
from spanwright.instrumentors.httpx.targets import answer
from spanwright.semconv import names as n

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.httpx.resends import Resends
    from spanwright.instrumentors.httpx.targets import Target

    # Where to leave a trail, the request, its method and URL, its place (None: the first), its owner.
    Trail = tuple[Resends, Any, tuple[str, str], Place | None, Any]

_REDIRECTED, _FAILED = 300, 400
_NANOSECONDS = 1e9
_DURATION = n.METRIC_HTTP_CLIENT_REQUEST_DURATION


class Attempt(Operation):
    """An operation without content, agent or layers, whose attributes are made once for all alike.

    It ends as the kernel's does and shares nothing else with it: an HTTP attempt is the smallest thing that is
    traced, and may cost little more than its span. One that fails or is redirected leaves a trail for its resend.
    """

    __slots__ = ("_answer", "_given", "_seen", "_status", "_target", "_trail")

    def __init__(
        self, telemetry: Telemetry, target: Target, url: str, context: Context, trail: Trail
    ) -> None:
        self.telemetry = telemetry
        self._target = target
        self._trail: Trail | None = trail
        self._status: int | None = None
        self._answer: dict[str, Any] = {}
        self._given = given = {**target.attributes, n.URL_FULL: url}
        if (place := trail[3]) is not None:
            given[n.HTTP_REQUEST_RESEND_COUNT] = place.count
        self.started = self._seen = time_ns()
        self.span = telemetry.start(target.name, context, given, self.started, client=True)
        self.context = telemetry.within(self.span, context)
        ending.opened(self)

    def answered(self, status: int, version: bytes | None) -> None:
        """Take the facts of an answer, which another attempt may follow."""
        self._seen = time_ns()
        self._answer = answer(status, version)
        self._status = status
        if status >= _REDIRECTED:
            self._leave_trail(failed=status >= _FAILED)

    def touch(self) -> None:
        """Note that a chunk of the body arrived now."""
        self._seen = time_ns()

    def finish(self, value: Any = None) -> None:
        """End: the body is exhausted or there is none."""
        del value
        self._end(None, time_ns())

    def fail(self, error: BaseException) -> None:
        """End with an error, which the SDK above may answer with a retry."""
        if isinstance(error, GeneratorExit):
            self.abandon()
            return
        if isinstance(error, Exception) and ending.is_open(self):
            guard(self._leave_trail, failed=True)
        self._end(error, time_ns())

    def abandon(self) -> None:
        """End what was left, at the time of the last chunk."""
        self._end(None, self._seen)

    def _end(self, error: BaseException | None, at: int, kind: str | None = None) -> None:
        if not ending.closed(self):
            return
        # A response that the application keeps must not keep what is around it.
        self._trail = None
        span, status = self.span, self._status
        # Without `guard`, whose calls would be a tenth of what an attempt costs.
        try:
            if error is not None:
                kind = error_type(error)
            elif status is not None and status >= _FAILED:
                kind = str(status)
            if span.is_recording():
                self._describe(error, kind)
        except Exception as mistake:
            mistaken(self._describe, mistake)
        try:
            span.end(at)
        except Exception as mistake:
            mistaken(span.end, mistake)
        try:
            self._record(max(at - self.started, 0) / _NANOSECONDS, kind)
        except Exception as mistake:
            mistaken(self._record, mistake)

    def _describe(self, error: BaseException | None, kind: str | None) -> None:
        attributes = self._answer
        # A sampler may have dropped the attributes that were given at the start.
        known = getattr(self.span, "attributes", None)
        if known is not None and len(known) < len(self._given):
            attributes = {**self._given, **attributes}
        if kind is not None:
            attributes = {**attributes, n.ERROR_TYPE: kind}
            guard(self.telemetry.failed, self.span, self._message(error))
        self.span.set_attributes(attributes)

    def _message(self, error: BaseException | None) -> str | None:
        """Return the redacted text of the library's errors; those of the application may quote content."""
        if error is None:
            return None
        ours = type(error).__module__ in ("httpx", "httpx2")
        return describe(error, content=ours or self.telemetry.settings.content)

    def _record(self, seconds: float, kind: str | None) -> None:
        labels = {**self._target.labels, **self._answer}
        if kind is not None:
            labels[n.ERROR_TYPE] = kind
        record = self.telemetry.records.get(_DURATION) or self.telemetry.instrument(_DURATION)
        record(seconds, labels, self.context)

    def _leave_trail(self, *, failed: bool) -> None:
        if self._trail is None:
            return
        resends, request, first, place, owner = self._trail
        place = place or Place(0, first)
        if failed:
            resends.failed(request, place, owner)
            return
        # Written once more to learn the names of the headers that this hop was given: redirects are rare.
        headers: dict[str, str] = {}
        if self._target.propagates:
            self.telemetry.inject(headers, self.context)
        resends.expect(request, place, tuple(headers))
