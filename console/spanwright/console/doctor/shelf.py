# SPDX-License-Identifier: Apache-2.0
"""The libraries as a person reads them: all of them in a list, or one with its patch table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from spanwright.console.doctor import natives
from spanwright.console.doctor.findings import Level
from spanwright.console.doctor.page import mark
from spanwright.console.doctor.sources import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from spanwright.console.doctor import seams
    from spanwright.console.doctor.libraries import Library
    from spanwright.console.doctor.seams import Seam

_LEVELS = {"traced": Level.OK, "untested version": Level.WARNING, "disabled": Level.NOTE}
_STATES = {State.FOUND: Level.OK, State.GONE: Level.PROBLEM, State.UNKNOWN: Level.WARNING}
_WORDS = {
    State.GONE: "not in the installed version",
    State.ABSENT: "its module is not there",
    State.UNKNOWN: "cannot be told from the sources",
}


def catalogue(libraries: Sequence[Library], console: Console) -> None:
    """List libraries, those that are installed first."""
    here = [each for each in libraries if each.installed]
    rest = [each for each in libraries if not each.installed]
    table = Table.grid(padding=(0, 2))
    table.add_column(width=1)
    for name in ("extra", "installed", "tested versions"):
        table.add_column(name, overflow="fold")
    table.add_row("", *(Text(name, "dim") for name in ("extra", "installed", "tested versions")))
    for each in (*here, *rest):
        level = _LEVELS.get(each.state)
        style = "" if level is not None else "dim"
        state = "" if each.state == "traced" else f" ({each.state})" if each.installed else "-"
        installed = Text(", ".join(each.installed.values()) + state, style)
        sign = mark(level, console) if level is not None else Text("")
        table.add_row(
            sign, Text(each.name, style or "bold" if level else style), installed, Text(each.supported, style)
        )
    console.print(table)
    console.print()
    console.print(
        Text(
            f"{len(libraries)} libraries, {len(here)} installed. `spanwright explain LIBRARY` shows what is patched; "
            'pip install "spanwright[EXTRA]" installs one with its tested range.',
            "dim",
        )
    )


def _flowing(text: str) -> str:
    """Take the breaks out of paragraphs, for the terminal has a width of its own; lists keep theirs."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(each if "\n* " in f"\n{each}" else " ".join(each.split()) for each in paragraphs)


def explain(library: Library, table: seams.Table, console: Console, *, deep: bool) -> None:
    """Show one library."""
    console.print(Text.assemble((library.name, "bold"), "  ", (library.instrumentor.captures, "")))
    console.print()
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row(
        "installed", Text(f"{library.versions or 'no'} ({library.state})" if library.installed else "no")
    )
    facts.add_row("tested", Text(library.supported))
    facts.add_row("extra", Text(f'pip install "spanwright[{library.name}]"'))
    facts.add_row("leave out", Text(f"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS={library.entry}"))
    for each in natives.of(library.name):
        where = f"sent to {each.host}" if each.host else "in whose place spanwright's stand"
        switch = f", {'on' if each.asked else 'off'} by {' or '.join(each.switches)}" if each.switches else ""
        facts.add_row("by itself", Text(f"{each.what}, {where}{switch}"))
    console.print(Padding(facts, (0, 0, 1, 1), expand=False))
    console.print(Padding(Text(_flowing(library.about)), (0, 0, 1, 1), expand=False))
    if table.error is not None:
        reason = table.error if library.installed else "it depends on the installed version"
        console.print(Text(f"The patch table cannot be shown: {reason}.", "yellow"))
        return
    _seams(table.seams, library, console)
    if not deep and any(seam.state is State.UNKNOWN for seam in table.seams):
        console.print(Text(f"`spanwright explain {library.name} --deep` imports the library to tell.", "dim"))


def _seams(seams: Sequence[Seam], library: Library, console: Console) -> None:
    console.print(Text("What is patched", "bold"))
    for module in dict.fromkeys(each.module for each in seams):
        console.print(Text(f" {module}", "cyan"))
        table = Table.grid(padding=(0, 1))
        table.add_column(width=2)
        table.add_column(width=1)
        table.add_column(overflow="fold")
        table.add_column(overflow="fold", style="dim")
        before = ""
        for each in (each for each in seams if each.module == module):
            said = _said(each, library)
            target = Text(each.target or "a hook of its own, registered when it is imported")
            # What holds of several in a row is said once.
            table.add_row(
                "", _sign(each, library, console), target, Text("" if said == before else f" {said}")
            )
            before = said
        console.print(table)


def _sign(seam: Seam, library: Library, console: Console) -> Text:
    if not library.installed:
        return Text("")
    level = _STATES.get(seam.state, Level.NOTE)
    return mark(Level.NOTE if level is Level.PROBLEM and seam.optional else level, console)


def _said(seam: Seam, library: Library) -> str:
    """Say what a seam is for, and what became of it."""
    parts = [_WORDS[seam.state]] if library.installed and seam.state in _WORDS else []
    if seam.optional:
        parts.append("needed by some versions only")
    elif seam.lost:
        parts.append(f"without it {seam.lost}")
    return "; ".join(parts)
