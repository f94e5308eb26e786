# SPDX-License-Identifier: Apache-2.0
"""The viewer: recorded traces as one page, written to a file or served while a program still writes them."""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from spanwright.console.cli import refuse
from spanwright.console.viewer.page import page
from spanwright.console.viewer.rows import Rows
from spanwright.console.viewer.source import FOLDER, STDIN, Choice

if TYPE_CHECKING:
    from collections.abc import Iterable

_WINDOWS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def view(path: Path | None, *, output: Path | None, port: int | None, show: bool) -> int:
    """Show what was recorded: on a page of its own, or, when a port is given, as it grows."""
    if path and str(path) != STDIN and not path.exists():
        return refuse(f"{path}: no such file or folder")
    return _write(path, output, show=show) if port is None else _serve(path, port, show=show)


def _write(path: Path | None, output: Path | None, *, show: bool) -> int:
    choice, reader = Choice(path), Rows()
    if not choice.paths():
        return refuse(f"no traces in {path or FOLDER}: record some with `spanwright run`")
    try:
        rows = [row for document in choice.documents() for row in reader.of(document)]
        unreadable = reader.unreadable + choice.torn()
        if not any(summary["type"] == "span" for summary, _ in rows):
            return refuse(f"{choice.name}: no spans in it" + (" that can be read" * bool(unreadable)))
        written = _save(page(rows, choice.name, unreadable=unreadable), output)
    except OSError as error:
        return refuse(f"{error.filename or choice.name}: {error.strerror or error}")
    print(written)
    if show:
        _open(written.absolute().as_uri())
    return 0


def _open(address: str) -> None:
    """Open a window, where there can be one: a browser of the terminal would take the terminal over."""
    if sys.platform in {"darwin", "win32"} or any(map(os.environ.get, _WINDOWS)):
        webbrowser.open(address)


def _save(pieces: Iterable[str], output: Path | None) -> Path:
    """Write where it was asked for, or to a temporary file that only this person can read."""
    if output is None:
        handle, name = tempfile.mkstemp(prefix="spanwright-", suffix=".html")
        output = Path(name)
        file = os.fdopen(handle, "w", encoding="utf-8")
    else:
        file = output.open("w", encoding="utf-8")
    with file:
        file.writelines(pieces)
    return output


def _serve(path: Path | None, port: int, *, show: bool) -> int:
    from spanwright.console.viewer.server import Server

    try:
        server = Server(Choice(path), port)
    except (OSError, OverflowError) as error:
        return refuse(f"port {port}: {getattr(error, 'strerror', None) or error}")
    print(f"{server.url}\nCtrl-C stops it.", flush=True)
    if show:
        _open(server.url)
    try:
        server.run()
    except KeyboardInterrupt:
        print()
    return 0
