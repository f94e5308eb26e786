# SPDX-License-Identifier: Apache-2.0
"""One call seen by several layers: the outermost one owns the span, the inner ones give it what they know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import create_key, set_value

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.operation import Operation
from spanwright.semconv.model import Request, Response, Retrieval, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.reading import Reader
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Subject


_LAYER = create_key("spanwright-layer")


class Enrichment(Operation):
    """The same call seen by an inner layer: no span, no points; its facts go to the operation that owns the span.

    Of several inner layers, one inside the other, the innermost that knows the usage tells it.
    """

    __slots__ = ("_above", "owner", "told")

    def __init__(
        self,
        telemetry: Telemetry,
        subject: Subject,
        reader: Reader | None,
        context: Context,
        outer: Operation,
    ) -> None:
        super().__init__(telemetry, subject, reader, context, outer)
        above = context.get(_LAYER)
        self._above = above if isinstance(above, Enrichment) and above.owner is outer else None
        self.told = False
        self.context = set_value(_LAYER, self, context)
        self.owner = outer
        self.span = outer.span
        outer.layer = self
        ending.opened(self)

    def _end(self, error: BaseException | None, at: int, kind: str | None = None) -> None:
        del at, kind
        if ending.closed(self):
            if self.owner.layer is self:
                self.owner.layer = self._above
            self._settle(error)
            if self.noted is not None:
                guard(self.noted, self)
            guard(self._tell)
            self.context = self._around
            if ending.is_open(self.owner):
                guard(self.owner.enrich, self.subject)

    def _tell(self) -> None:
        """Leave the usage to a layer inside, or tell the one around that it is told."""
        response = getattr(self.subject, "response", None)
        if self.told and response is not None:
            response.usage = None
        if self._above is not None and (self.told or _knows(getattr(response, "usage", None))):
            self._above.told = True


def gathered(outer: Any, inner: Any, before: Response | None) -> Response | None:
    """Fill `outer` with the server and the request of the inner layer; return what the wire has answered so far."""
    for name in ("address", "port", "provider"):
        if getattr(inner, name, None) is not None:
            setattr(outer, name, getattr(inner, name))
    if isinstance(inner, Retrieval):
        # The store knows its collection, and a framework seldom; of several searches the first one counts.
        outer.data_source_id = outer.data_source_id or inner.data_source_id
        outer.top_k = inner.top_k if outer.top_k is None else outer.top_k
    if isinstance(getattr(inner, "request", None), Request):
        _fill(outer.request, inner.request)
    found: Response | None = getattr(inner, "response", None)
    if found is None or before is None:
        return found or before
    # A retry or a second call inside one call of the framework: the caller pays for each.
    used = _sum(before.usage, found.usage)
    _fill(before, found)
    before.usage = used
    return before


def combine(subject: Any, inner: Response) -> None:
    """Let the wire fill what the framework's answer lacks; token counts are the wire's where it gave any."""
    if subject.response is None:
        subject.response = inner
        return
    _fill(subject.response, inner)
    used = inner.usage
    if _knows(used):
        subject.response.usage = used


def _knows(used: Usage | None) -> bool:
    return used is not None and (used.input is not None or used.output is not None)


def _fill(target: Any, source: Any) -> None:
    """Fill what `target` does not know from `source`, but for usage, which has rules of its own."""
    for name in _slots(source):
        value = getattr(source, name)
        if name == "extra":
            if value:
                extra: dict[str, Any] = {**value, **(target.extra or {})}
                target.extra = extra
        elif name != "usage" and value is not None and getattr(target, name) is None:
            setattr(target, name, value)


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    if one is None or other is None:
        return one or other
    total = Usage()
    for name in _slots(total):
        a, b = getattr(one, name), getattr(other, name)
        setattr(total, name, b if a is None else a if b is None else a + b)
    return total


def _slots(value: Any) -> Iterable[str]:
    return value.__slots__
