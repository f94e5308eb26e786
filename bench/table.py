# SPDX-License-Identifier: Apache-2.0
"""Writes the benchmark's tables into bench/README.md."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from figures import Row

_README = Path(__file__).with_name("README.md")
_TABLE = ("<!-- table -->", "<!-- end of table -->")
_CLIENTS = ("<!-- clients -->", "<!-- end of clients -->")
_AGENTS = ("<!-- agents -->", "<!-- end of agents -->")
_RUNS = ("<!-- runs -->", "<!-- end of runs -->")
_STEPS = ("agent", "bare, a turn", "floor", "spanwright", "of the floor", "measured")
_LEFT = ("agent", "runs", "left by one", "by one that fails", "by one that is cancelled", "measured")
_HEAD = ("client", "bare", "floor", "spanwright", "of the floor", "async", "a chunk", "async", "measured")


def write(rows: list[Row], date: str, versions: dict[str, str]) -> None:
    """Replace the table of everything but the clients."""
    named = ", ".join(f"{name} {found}" for name, found in versions.items())
    lines = [
        f"Measured on {date}: Python {platform.python_version()}, {named}.",
        "",
        *_table(("case", "bare", "floor", "spanwright", "verdict"), rows),
    ]
    _replace(_TABLE, lines)


def write_clients(rows: list[tuple[str, ...]]) -> None:
    """Replace these rows of the clients' table, a row a kind of call; those of libraries not measured now are kept."""
    _merge(_CLIENTS, _HEAD, rows)


def write_agents(rows: list[tuple[str, ...]]) -> None:
    """Do the same with the agents' table."""
    _merge(_AGENTS, _STEPS, rows)


def write_runs(rows: list[tuple[str, ...]]) -> None:
    """Do the same with the table of what agents' runs leave in memory."""
    _merge(_RUNS, _LEFT, rows)


def _merge(marks: tuple[str, str], head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    found = {row[0]: row for row in [*_rows(marks), *rows]}
    _replace(marks, _table(head, [found[name] for name in sorted(found)]))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [_line(head), f"|{'---|' * len(head)}", *(_line(row) for row in rows)]


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _rows(marks: tuple[str, str]) -> list[tuple[str, ...]]:
    """Return what stands between the marks, without the head."""
    lines = _README.read_text().partition(marks[0])[2].partition(marks[1])[0].split("\n")
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line[:2] == "| "]
    return cells[1:]


def _replace(marks: tuple[str, str], lines: list[str]) -> None:
    start, end = marks
    head, _, rest = _README.read_text().partition(start)
    _, _, tail = rest.partition(end)
    _README.write_text("\n".join([f"{head}{start}", *lines, f"{end}{tail}"]))
