# SPDX-License-Identifier: Apache-2.0
"""Spans that start and end, sorted into steps that can be told one after the other, top down."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spanwright.console._facts import Kind, read
from spanwright.console._forest import span_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan

# What is made of the spans below it, so that these wait for it. Everything else is told as it goes along.
_WHOLE = {Kind.MODEL, Kind.EMBEDDINGS, Kind.RETRIEVAL, Kind.HTTP, Kind.TOOL}
_MOST_OPEN = 10_000
_MOST_HELD = 1_000


@dataclass(slots=True, eq=False)
class Node:
    """A span under way, and the finished ones below it that wait for it."""

    span: ReadableSpan
    above: Node | None
    held: list[ReadableSpan] = field(default_factory=list["ReadableSpan"])
    told: bool = False
    """Whether a line says that it has begun."""
    over: bool = False

    def path(self) -> list[Node]:
        """Return the way from the outermost node that is under way to this one."""
        found: list[Node] = []
        node: Node | None = self
        while node is not None and not node.over:
            found.append(node)
            node = node.above
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Step:
    """Something to tell: a span that ended, with all that is below it, and what it happened in."""

    inside: tuple[Node, ...]
    """Operations under way, the outermost first; those that are not `told` yet begin with this step."""
    spans: tuple[ReadableSpan, ...]
    """The span that ended, and what it is made of."""
    node: Node
    """Where that span stood; when it is `told`, its beginning and steps below it were told before."""


class Progress:
    """Follows the spans of one process: each span is in exactly one step, when it is told at all."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, Node] = OrderedDict()

    def start(self, span: ReadableSpan) -> None:
        """Note that a span began."""
        above = self._open.get(span.parent.span_id) if span.parent is not None else None
        self._open[span_id(span)] = Node(span, above)
        if len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)

    def above(self, span: ReadableSpan) -> list[Node]:
        """Return what a span is part of, as far as that is under way in this process, the outermost first."""
        node = self._open.get(span.parent.span_id) if span.parent is not None else None
        return node.path() if node is not None else []

    def end(self, span: ReadableSpan) -> Step | None:
        """Note that a span ended, and return what can be told now."""
        node = self._open.pop(span_id(span), None) or Node(span, None)
        node.span, node.over = span, True
        if node.above is not None and not node.above.over and not node.told and _waits(span, node.above):
            node.above.held.extend([span, *node.held][: max(_MOST_HELD - len(node.above.held), 0)])
            return None
        inside = tuple(node.above.path()) if node.above is not None else ()
        return Step(inside, (span, *node.held), node)


def _waits(span: ReadableSpan, above: Node) -> bool:
    """Tell whether a span is a detail of the one above it, rather than a step of its own."""
    return not above.told and read(above.span).kind in _WHOLE and read(span).kind is not Kind.AGENT


def tell(step: Step) -> Iterator[Node]:
    """Yield what begins with this step, outermost first."""
    for node in step.inside:
        if not node.told:
            node.told = True
            yield node
