# SPDX-License-Identifier: Apache-2.0
"""The folder that runs are kept in, out of the reach of version control."""

from __future__ import annotations

import os
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = ".spanwright"
_OWNER_ONLY = 0o600


def shelve(here: Path, say: Callable[[str], None]) -> str:
    """Make a file for a run in `.spanwright`, or else among temporary ones; return its path, empty without one."""
    try:
        return _new(_folder(here / FOLDER))
    except OSError as error:
        reason = error.strerror or str(error)
    try:
        path = _new(Path(tempfile.mkdtemp(prefix="spanwright-")))
    except OSError:
        say(f"nothing is kept of this run: {here / FOLDER} cannot be written ({reason})")
        return ""
    say(f"{here / FOLDER} cannot be written ({reason}): this run is kept in {path}")
    return path


def _folder(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    ignored = folder / ".gitignore"
    if not ignored.exists():
        ignored.write_text("# Traces can hold what was said to a model.\n*\n", "utf-8")
    return folder


def _new(folder: Path) -> str:
    """Make the file now, so that whoever cannot write it learns so before the program starts."""
    stem = time.strftime("%Y%m%d-%H%M%S")
    for number in count(1):
        path = folder / (f"{stem}.jsonl" if number == 1 else f"{stem}-{number}.jsonl")
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
        except FileExistsError:
            continue
        return str(path)
    raise AssertionError
