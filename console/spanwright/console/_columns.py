# SPDX-License-Identifier: Apache-2.0
"""The columns of a tree: how wide each may be on this terminal, and one row laid out in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from spanwright.console._signs import Signs

_GAP = "  "
_BAR_FROM_WIDTH = 96
_SHORTEST_BAR, _GOOD_BAR, _LONGEST_BAR = 10, 24, 40
_SHORTEST_NOTES = 16
_FIGURES = 5
"""Least width of a column of numbers: the heading `first` must fit."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line; numbers are strings, so that an absent one is simply empty."""

    name: Text
    time: str = ""
    when: tuple[float, float] | None = None
    """Start and end as fractions of the whole trace."""
    input: str = ""
    output: str = ""
    cost: str = ""
    first: str = ""
    notes: str = ""
    style: str = ""
    when_style: str = ""
    notes_style: str = "bright_black"


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells, 0 for a column that this tree does not need."""

    name: int
    time: int
    bar: int
    input: int
    output: int
    cost: int
    first: int
    notes: int

    def lay(self, row: Row, signs: Signs) -> Text:
        """Lay out one line: names to the left, numbers to the right of their column."""
        line = signs.cut(row.name, self.name)
        line.append(" " * (self.name - line.cell_len))
        self._right(line, self.time, row.time, row.style)
        if self.bar:
            line.append(_GAP)
            self._bar(line, row, signs.bar)
        self._right(line, self.input, row.input, row.style)
        self._right(line, self.output, row.output, row.style)
        self._right(line, self.cost, row.cost, row.style)
        self._right(line, self.first, row.first, row.style)
        line.append(_GAP).append_text(signs.cut(Text(row.notes, row.notes_style), self.notes))
        line.rstrip()
        return line

    def _bar(self, line: Text, row: Row, stroke: str) -> None:
        start, end = row.when or (0.0, 0.0)
        before = min(int(start * self.bar), self.bar - 1) if row.when else self.bar
        # However short, a span that ran shows as one stroke.
        length = max(min(round(end * self.bar), self.bar) - before, 1) if row.when else 0
        line.append(" " * before).append(stroke * length, row.when_style)
        line.append(" " * (self.bar - before - length))

    @staticmethod
    def _right(line: Text, width: int, cell: str, style: str) -> None:
        if width:
            line.append(_GAP + " " * (width - len(cell))).append(cell, style)


def has_costs(rows: list[Row], width: int) -> bool:
    """Tell whether costs have a column: in a narrow terminal the sum at the foot must do."""
    return width >= _BAR_FROM_WIDTH and any(row.cost for row in rows)


def fit(rows: list[Row], names: tuple[int, int], width: int) -> Columns:
    """Share a terminal's width out among the columns.

    `names` are the widths at which names still say what they must, and at which they are whole. Numbers
    always fit. A note that would cost the names too much is left out, so it needs a line of its own.
    """

    def figures(cells: list[str]) -> int:
        return max(_FIGURES, *map(len, cells)) if any(cells) else 0

    time = figures([row.time for row in rows])
    input_ = figures([row.input for row in rows])
    output = figures([row.output for row in rows])
    cost = figures([row.cost for row in rows]) if has_costs(rows, width) else 0
    first = figures([row.first for row in rows])
    left = (
        width
        - len(_GAP)
        - sum(column + len(_GAP) for column in (time, input_, output, cost, first) if column)
    )
    bar = _SHORTEST_BAR if width >= _BAR_FROM_WIDTH else 0
    left -= bar + len(_GAP) if bar else 0
    needed, whole = names
    fitting = max(left - needed, min(_SHORTEST_NOTES, left // 3))
    notes = max((cell_len(row.notes) for row in rows if cell_len(row.notes) <= fitting), default=0)
    name = min(needed, left - notes)
    spare = max(left - name - notes, 0)
    # What is left over goes to the bar until it can be read, then to the names, then to the bar again.
    if bar:
        bar, spare = bar + min(spare, _GOOD_BAR - bar), spare - min(spare, _GOOD_BAR - bar)
    longer = min(spare, whole - name)
    name, spare = name + longer, spare - longer
    if bar:
        bar, spare = bar + min(spare, _LONGEST_BAR - bar), spare - min(spare, _LONGEST_BAR - bar)
    return Columns(name, time, bar, input_, output, cost, first, max(notes + spare, 1))
