# SPDX-License-Identifier: Apache-2.0
"""The console that trees are drawn on, whatever stands behind the stream."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from typing import TextIO

_WIDTH_OF_A_FILE = 100


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        # Rich would point the application's standard output at nothing and raise SystemExit.
        raise  # noqa: PLE0704 - rich calls this while it handles the BrokenPipeError


def console_on(out: TextIO) -> Console:
    """Make a console as wide as the terminal, or plain and of a fixed width on any other stream."""
    width = None if out.isatty() or os.environ.get("COLUMNS") else _WIDTH_OF_A_FILE
    # In a notebook rich would otherwise ignore the stream and draw into the cell that happens to run.
    return _Terminal(file=out, width=width, force_jupyter=False)


def fresh_line(console: Console) -> str:
    """Return what moves a terminal's cursor to the start of a line, to the next one unless it stands there.

    A program may have printed half a line, and nobody can ask where the cursor is. As many blanks as fit on a
    line end on the line that they began on only if they began at its start.
    """
    return " " * console.width + "\r" if console.is_terminal and not console.is_dumb_terminal else ""
