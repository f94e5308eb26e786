# SPDX-License-Identifier: Apache-2.0
"""The strokes that a tree is drawn with, in Unicode and for terminals that have only ASCII."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

# Levels of nesting that are drawn; what lies deeper is drawn at this depth, behind a mark.
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Signs:
    """Guides are three cells wide, everything else as wide as it is."""

    fork: str
    corner: str
    pipe: str
    rule: str
    bar: str
    arrow: str
    deeper: str
    ellipsis: str
    cross: str
    dot: str

    def guides(self, lasts: tuple[bool, ...]) -> str:
        """Draw the strokes in front of a span's name."""
        if not lasts:
            return ""
        return self._above(lasts) + (self.corner if lasts[-1] else self.fork)

    def under(self, lasts: tuple[bool, ...], *, has_children: bool) -> str:
        """Draw the strokes in front of a line that belongs to the span above it."""
        own = (self._above(lasts) + ("   " if lasts[-1] else self.pipe)) if lasts else ""
        return own + (self.pipe if has_children else "   ")

    def _above(self, lasts: tuple[bool, ...]) -> str:
        drawn = lasts[-_DEEPEST:-1]
        mark = self.deeper if len(lasts) > _DEEPEST else ""
        return mark + "".join("   " if last else self.pipe for last in drawn)

    def cut(self, text: Text, width: int) -> Text:
        """Keep the text, or as much of it as fits with an ellipsis."""
        if text.cell_len <= width:
            return text
        kept = text[: max(width - len(self.ellipsis), 0)]
        while kept and kept.cell_len > width - len(self.ellipsis):  # wide characters take two cells
            kept = kept[:-1]
        kept.append(self.ellipsis[:width])
        return kept


UNICODE = Signs(
    fork="├─ ",
    corner="└─ ",
    pipe="│  ",
    rule="─",
    bar="━",
    arrow=" → ",
    deeper="┄",
    ellipsis="…",
    cross="✗ ",
    dot=" · ",
)
ASCII = Signs(
    fork="|- ",
    corner="`- ",
    pipe="|  ",
    rule="-",
    bar="=",
    arrow=" -> ",
    deeper="+",
    ellipsis="...",
    cross="! ",
    dot=", ",
)
