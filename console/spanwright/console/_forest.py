# SPDX-License-Identifier: Apache-2.0
"""Finished spans, in the order they happened to end, put back into the trees they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opentelemetry.sdk.trace import ReadableSpan


@dataclass(frozen=True, slots=True)
class Branch:
    """A span in its place: `lasts` says, for every level below the root, whether no sibling follows there."""

    span: ReadableSpan
    lasts: tuple[bool, ...]
    parent: int | None
    """Position of the parent branch in the same tree."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What is known of one trace, top down and in order of start."""

    trace_id: int
    branches: tuple[Branch, ...]
    complete: bool
    """Whether every root is one: a span without a parent, or whose parent lives in another process."""

    @property
    def start(self) -> int:
        return min(started(branch.span) for branch in self.branches)

    @property
    def end(self) -> int:
        return max(ended(branch.span) for branch in self.branches)


def started(span: ReadableSpan) -> int:
    return span.start_time or 0


def ended(span: ReadableSpan) -> int:
    return max(span.end_time or 0, started(span))


def trace_id(span: ReadableSpan) -> int:
    context = span.get_span_context()
    return context.trace_id if context else 0


def span_id(span: ReadableSpan) -> int:
    context = span.get_span_context()
    return context.span_id if context else 0


def is_local_root(span: ReadableSpan) -> bool:
    """Whether nothing above this span can still end in this process."""
    return span.parent is None or span.parent.is_remote


def grow(spans: Iterable[ReadableSpan]) -> list[Tree]:
    """Sort spans into one tree per trace, in order of first start."""
    traces: dict[int, list[ReadableSpan]] = {}
    for span in spans:
        traces.setdefault(trace_id(span), []).append(span)
    return sorted((_tree(key, found) for key, found in traces.items()), key=lambda tree: tree.start)


def below(root: ReadableSpan, spans: Iterable[ReadableSpan]) -> list[ReadableSpan]:
    """Find the root and those of the spans that descend from it."""
    children = _children(spans)
    found = [root]
    for span in found:
        found.extend(child for child in children.pop(span_id(span), ()) if child is not root)
    return found


def _tree(key: int, spans: list[ReadableSpan]) -> Tree:
    spans.sort(key=started)
    known = {span_id(span) for span in spans}
    roots = [span for span in spans if span.parent is None or span.parent.span_id not in known]
    branches = list(_walk(roots, _children(spans)))
    # Spans read from a file can claim to be each other's parents: no root leads to them, yet they are shown.
    shown = {id(branch.span) for branch in branches}
    branches += [Branch(span, (), None) for span in spans if id(span) not in shown]
    return Tree(key, tuple(branches), complete=bool(roots) and all(is_local_root(root) for root in roots))


def _children(spans: Iterable[ReadableSpan]) -> dict[int, list[ReadableSpan]]:
    children: dict[int, list[ReadableSpan]] = {}
    for span in spans:
        if span.parent is not None:
            children.setdefault(span.parent.span_id, []).append(span)
    return children


def _walk(roots: list[ReadableSpan], children: dict[int, list[ReadableSpan]]) -> Iterator[Branch]:
    """Walk depth first without recursion: a runaway agent nests deeper than Python's stack."""
    waiting: list[tuple[ReadableSpan, tuple[bool, ...], int | None]]
    waiting = [(root, (), None) for root in reversed(roots)]
    position = 0
    while waiting:
        span, lasts, parent = waiting.pop()
        yield Branch(span, lasts, parent)
        # Popped, so that a span that was exported twice does not show its children twice.
        under = children.pop(span_id(span), [])
        waiting.extend(
            (child, (*lasts, child is under[-1]), position) for child in reversed(under) if child is not span
        )
        position += 1
