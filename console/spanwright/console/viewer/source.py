# SPDX-License-Identifier: Apache-2.0
"""Files that a program may still be writing: which ones, and what they hold since the last look."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanwright.console import _otlp as otlp

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(".spanwright")
STDIN = "-"
_ENDINGS = {".json", ".jsonl"}
_READ = 16 * 1024 * 1024
_BROKEN = None
"""Stands for what could not be parsed: reading it as OTLP fails, and is counted."""


class Choice:
    """The files that were asked for: one, all of a folder, or, without a word, the newest of `.spanwright`."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._newest = None if path else _newest(FOLDER)
        self._tails: dict[Path, Tail] = {}

    @property
    def name(self) -> str:
        """What the page is called."""
        return str(self._path or self._newest or FOLDER)

    def paths(self) -> list[Path]:
        """List the files there are now; those that came after the newest one belong to it."""
        if self._path and not self._path.is_dir():
            return [self._path]
        found = _files(self._path or FOLDER)
        if self._newest in found:
            found = found[found.index(self._newest) :]
        return found

    def documents(self) -> Iterator[Any]:
        """Read what was written since the last time."""
        for path in self.paths():
            yield from self._tails.setdefault(path, Tail(path)).documents()

    def torn(self) -> int:
        """Count the files whose last line has no end yet."""
        return sum(tail.is_torn for tail in self._tails.values())


class Tail:
    """One file, read from where the last reading ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._seen = (-1, 0)
        self._rest = b""

    @property
    def is_torn(self) -> bool:
        """Whether the last line waits for its end."""
        return bool(self._rest.strip())

    def documents(self) -> Iterator[Any]:
        """Read whole lines; the last one waits for its end, unless it is a document already."""
        if str(self._path) == STDIN:
            yield from _whole(sys.stdin.read())
            return
        state = self._path.stat()
        if (state.st_size, state.st_mtime_ns) == self._seen:
            return
        self._seen = (state.st_size, state.st_mtime_ns)
        if state.st_size < self._offset:  # written anew
            self._offset, self._rest = 0, b""
        if self._offset == 0 and not _has_lines(self._path):
            yield from _whole(self._path.read_text("utf-8", errors="replace"))
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            while block := file.read(_READ):
                self._offset += len(block)
                yield from self._lines(block)

    def _lines(self, block: bytes) -> Iterator[Any]:
        *lines, self._rest = (self._rest + block).split(b"\n")
        for line in lines:
            if line.strip():
                yield from _line(line)
        # A file whose writer ended every line but the last one.
        if self._rest.endswith(b"}") and (last := list(_line(self._rest))) != [_BROKEN]:
            self._rest = b""
            yield from last


def _line(line: bytes) -> Iterator[Any]:
    try:
        document = json.loads(line.decode("utf-8", errors="replace").removeprefix("\ufeff"))
    except (RecursionError, ValueError):
        document = _BROKEN
    yield from document if isinstance(document, list) else [document]


def _whole(text: str) -> Iterator[Any]:
    try:
        found = list(otlp.documents(text))
    except (RecursionError, ValueError):
        found = [each for line in text.encode("utf-8", "replace").splitlines() for each in _line(line)]
    yield from found


def _has_lines(path: Path) -> bool:
    """Tell documents a line from one document over many lines, by the first line."""
    with path.open("rb") as file:
        first = file.readline()
        return list(_line(first)) != [_BROKEN] or not (first.endswith(b"\n") and file.read(1))


def _files(folder: Path) -> list[Path]:
    """List a folder's files, the oldest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.suffix in _ENDINGS and path.is_file()]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _newest(folder: Path) -> Path | None:
    return (_files(folder) or [None])[-1]
