# SPDX-License-Identifier: Apache-2.0
"""The lines of a tree that grows while it is drawn, so that columns are fixed before anything is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text

from spanwright.console._columns import Columns, Row
from spanwright.console._drawing import laid, outline, quote
from spanwright.console._facts import Kind, read
from spanwright.console._forest import grow
from spanwright.console._preview import preview

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from spanwright.console._signs import Signs

_QUIET = "bright_black"
_NARROWEST, _WIDEST = 60, 120
# Cells for a duration, a number of tokens, and what a span has to remark: the rest is for names.
_TIME, _TOKENS, _NOTES = 7, 6, 24
_GAPS = 8


class Brush:
    """Draws for one width; the depth of a line is the number of operations that it is in."""

    def __init__(self, width: int, signs: Signs) -> None:
        self._width = max(min(width, _WIDEST), _NARROWEST)
        self._signs = signs
        notes = min(_NOTES, self._width // 4)
        name = self._width - _TIME - 2 * _TOKENS - notes - _GAPS
        self._columns = Columns(name, _TIME, 0, _TOKENS, _TOKENS, 0, 0, notes)

    def goes_on(self, names: Iterable[str]) -> Text:
        """Say what the lines below belong to, when those above belong to something else."""
        return self._signs.cut(
            Text(f"{self._signs.deeper * 2} {' > '.join(names)}", f"{_QUIET} italic"), self._width
        )

    def began(self, depth: int, span: ReadableSpan) -> Text:
        """Draw an operation that is under way."""
        row = outline(read(span), self._signs.guides((False,) * depth), self._signs)
        return self._signs.cut(row.name, self._width)

    def ended(self, depth: int, span: ReadableSpan) -> Iterable[Text]:
        """Draw the end of an operation whose steps are drawn above; `depth` is that of the steps."""
        lasts = (*(False,) * (depth - 1), True)
        row = outline(read(span), self._signs.guides(lasts), self._signs)
        name = Text(row.name.plain, "red" if row.notes_style == "red" else _QUIET)
        under = self._signs.under(lasts, has_children=False)
        yield from self._laid(replace(row, name=name), under)
        yield from self._said(under, span)

    def whole(self, depth: int, spans: Sequence[ReadableSpan]) -> Iterator[Text]:
        """Draw a span with all that it is made of."""
        branches = grow(spans)[0].branches
        parents = {branch.parent for branch in branches}
        for position, branch in enumerate(branches):
            lasts = (*(False,) * depth, *branch.lasts)
            facts = read(branch.span)
            row = outline(facts, self._signs.guides(lasts), self._signs)
            if facts.kind is Kind.HTTP:
                row = replace(row, name=Text(row.name.plain, "red" if facts.error else _QUIET))
            under = self._signs.under(lasts, has_children=position in parents)
            yield from self._laid(row, under)
            yield from self._said(under, branch.span)

    def _laid(self, row: Row, under: str) -> Iterable[Text]:
        return laid(row, under, self._columns, self._signs, self._width)

    def _said(self, under: str, span: ReadableSpan) -> Iterator[Text]:
        if said := preview(span):
            yield quote(under, said, self._signs, self._width)
