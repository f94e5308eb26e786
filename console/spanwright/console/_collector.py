# SPDX-License-Identifier: Apache-2.0
"""Finished spans waiting for the rest of their trace, bounded in number and in time."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spanwright.console._forest import below, grow, is_local_root, trace_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from spanwright.console._forest import Tree

_REMEMBERED_TRACES = 1_000


@dataclass(slots=True)
class _Trace:
    touched: float
    spans: list[ReadableSpan] = field(default_factory=list["ReadableSpan"])


class Collector:
    """Keeps spans by trace and hands out trees with a remark, empty when the tree is all there is.

    Spans whose root never ends leave when their trace was not touched for `max_wait` seconds, or, the longest
    untouched first, when more than `max_spans` spans are waiting.
    """

    def __init__(self, max_spans: int, max_wait: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_spans = max_spans
        self._max_wait = max_wait
        self._clock = clock
        self._waiting: OrderedDict[int, _Trace] = OrderedDict()
        self._shown: OrderedDict[int, None] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def take(self, spans: Sequence[ReadableSpan]) -> Iterator[tuple[Tree, str]]:
        """Take spans in and hand out what is complete now, or has waited too long."""
        now = self._clock()
        for span in spans:
            trace = self._waiting.setdefault(trace_id(span), _Trace(now))
            trace.touched = now
            trace.spans.append(span)
            self._waiting.move_to_end(trace_id(span))
            self._count += 1
        # After the whole batch, because a span can end a moment after the root it belongs to.
        for span in spans:
            if is_local_root(span):
                yield from self._complete(span)
        while self._waiting and self._is_overdue(now):
            yield from self._hand_out(*self._waiting.popitem(last=False))

    def drain(self) -> Iterator[tuple[Tree, str]]:
        """Hand out everything, complete or not."""
        while self._waiting:
            yield from self._hand_out(*self._waiting.popitem(last=False))

    def _complete(self, root: ReadableSpan) -> Iterator[tuple[Tree, str]]:
        key = trace_id(root)
        trace = self._waiting.pop(key, None)
        if trace is None:
            return
        found = below(root, trace.spans)
        taken = {id(span) for span in found}
        # Several roots of one trace can live in one process, such as two requests of the same caller.
        trace.spans = [span for span in trace.spans if id(span) not in taken]
        if trace.spans:
            self._waiting[key] = trace
        self._count -= len(found)
        yield from self._trees(key, found, "")

    def _is_overdue(self, now: float) -> bool:
        oldest = next(iter(self._waiting.values()))
        return self._count > self._max_spans or now - oldest.touched > self._max_wait

    def _hand_out(self, key: int, trace: _Trace) -> Iterator[tuple[Tree, str]]:
        self._count -= len(trace.spans)
        remark = "continued" if key in self._shown else "unfinished"
        yield from self._trees(key, trace.spans, remark)

    def _trees(self, key: int, spans: Iterable[ReadableSpan], remark: str) -> Iterator[tuple[Tree, str]]:
        self._shown[key] = None
        self._shown.move_to_end(key)
        if len(self._shown) > _REMEMBERED_TRACES:
            self._shown.popitem(last=False)
        for tree in grow(spans):
            yield tree, remark
