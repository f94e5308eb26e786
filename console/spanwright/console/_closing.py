# SPDX-License-Identifier: Apache-2.0
"""The last words of a run: what it came to, where it is kept, and what to do with that next."""

from __future__ import annotations

import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from spanwright.console._figures import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.console._session import Run
    from spanwright.console._totals import Totals

# Reading more than this would keep the program from ending for longer than a sum is worth.
_LARGEST = 64 * 1024 * 1024


def close(run: Run) -> None:
    """Say the last words on the standard error stream; whatever fails here must not keep the program from ending."""
    stream = sys.__stderr__
    if stream is None or stream.closed:
        return
    with suppress(Exception):
        from spanwright.console._terminal import console_on, fresh_line

        first, *rest = _words(run)
        console = console_on(stream)
        with console.capture() as written:
            console.print()
            console.print(first, style="bold", highlight=False, markup=False)
            for words in rest:
                console.print(words, style="bright_black", highlight=False, markup=False, soft_wrap=True)
        stream.write(fresh_line(console) + written.get())
        stream.flush()


def _words(run: Run) -> Iterator[str]:
    file = Path(run.file)
    text = file.read_text("utf-8") if run.file and file.stat().st_size < _LARGEST else ""
    whole, parts = _sums(text)
    yield f"{run.name}  {whole}".rstrip()
    if parts:
        # The root span alone says nothing that the line above does not.
        lonely = parts[0] == "1 span"
        yield "  " + ("nothing was traced: no covered library was called" if lonely else ", ".join(parts))
    if run.file:
        shown = shlex.quote(_shown(file))
        yield f"  kept in {shown}"
        yield f"  spanwright view {shown}"


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)


def _sums(text: str) -> tuple[str, list[str]]:
    """Add up the run's own trace and every other, from all processes; the time is that of the root span."""
    from spanwright.console._facts import read
    from spanwright.console._forest import ended, grow, started
    from spanwright.console._otlp import spans
    from spanwright.console._totals import add_up

    if not text:
        return "", []
    found = spans(text)
    sums = [add_up(tree, [read(branch.span) for branch in tree.branches]) for tree in grow(found)]
    # The root ends last, and was written last by this process.
    whole = duration(max(map(ended, found)) - min(map(started, found)))
    total = sum(sums[1:], start=sums[0])
    return whole, list(_told(total))


def _told(total: Totals) -> Iterator[str]:
    yield from total.counts()
    if total.usage:
        yield f"{count(total.usage.input)} tokens in, {count(total.usage.output)} out"
    if price := total.price():
        yield price
