# SPDX-License-Identifier: Apache-2.0
"""Recorded traces, shown as trees once more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spanwright.console._drawing import render
from spanwright.console._otlp import spans
from spanwright.console._terminal import console_on
from spanwright.console.cli import refuse
from spanwright.console.viewer.source import FOLDER, STDIN, Choice

if TYPE_CHECKING:
    from pathlib import Path


def retell(path: Path | None) -> int:
    """Show what a file holds, all files of a folder, or, without a word, the newest of `.spanwright`."""
    choice = Choice(path)
    files = choice.paths()
    if not files:
        return refuse(f"no traces in {path or FOLDER}: record some with `spanwright run`")
    try:
        found = spans("\n".join(map(_text, files)))
    except OSError as error:
        return refuse(f"{error.filename or choice.name}: {error.strerror or error}")
    except ValueError as error:
        return refuse(f"{choice.name}: {error}")
    render(found, console_on(sys.stdout))
    return 0


def _text(file: Path) -> str:
    """Read a file; bytes that are no text are for the parser to stumble over."""
    return sys.stdin.read() if str(file) == STDIN else file.read_text("utf-8", errors="replace")
