# SPDX-License-Identifier: Apache-2.0
"""The report as a person reads it: one line a fact, a mark before it, and a remedy under what needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.columns import Columns
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from spanwright.console.doctor.findings import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from spanwright.console.doctor.findings import Finding, Group

_WIDEST = 50


class _Mark(NamedTuple):
    sign: str
    plain: str
    style: str


_MARKS = {
    Level.OK: _Mark("✓", "+", "green"),
    Level.NOTE: _Mark("•", "-", "blue"),
    Level.WARNING: _Mark("▲", "!", "yellow"),
    Level.PROBLEM: _Mark("✗", "x", "red"),
}


def show(groups: Sequence[Group], console: Console) -> None:
    """Write the groups."""
    for group in groups:
        console.print(Text(group.title, "bold"))
        width = max(len(each.subject) for each in group.findings)
        lines = _lines(group.findings, min(width, _WIDEST), console)
        console.print(Padding(lines, (0, 0, 1, 1), expand=False))


def verdict(problems: int, warnings: int, console: Console) -> None:
    """Write what it comes to."""
    level = Level.PROBLEM if problems else Level.WARNING if warnings else Level.OK
    said = {
        Level.PROBLEM: f"{_counted(problems, 'problem')}: spans would be lost or doubled",
        Level.WARNING: "no span would be lost or doubled",
        Level.OK: "all is well",
    }[level]
    if warnings:
        said += f"; {_counted(warnings, 'warning')}"
    line = Text.assemble(_mark(level, console), " ", (said, "bold"))
    console.print(line)


def mark(level: Level, console: Console) -> Text:
    """Return the mark of a level, as this terminal can show it."""
    return _mark(level, console)


def _mark(level: Level, console: Console) -> Text:
    sign = _MARKS[level]
    ascii_only = not console.encoding.lower().startswith("utf")
    return Text(sign.plain if ascii_only else sign.sign, sign.style)


def _lines(findings: Iterable[Finding], width: int, console: Console) -> Table | Columns:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(width=width, overflow="fold")
    table.add_column(overflow="fold")
    for each in findings:
        if not each.subject:
            return Columns([_mark(each.level, console), Text(each.text)])
        text = Text(each.text)
        if each.remedy is not None:
            text.append("\n")
            text.append_text(_remedy(each, console))
        style = "" if each.level in {Level.OK, Level.NOTE} else "bold"
        table.add_row(_mark(each.level, console), Text(each.subject, style), text)
    return table


def _remedy(finding: Finding, console: Console) -> Text:
    arrow = "→ " if console.encoding.lower().startswith("utf") else "-> "
    style = "dim" if finding.level is Level.NOTE else _MARKS[finding.level].style
    return Text.assemble((arrow, style), (finding.remedy or "", style))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
