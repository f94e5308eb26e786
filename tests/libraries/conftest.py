# SPDX-License-Identifier: Apache-2.0
"""The tests of a library run where it is installed; its lanes of the version matrix install it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

_HERE = Path(__file__).parent
_left_out: set[str] = set()


@cache
def _installed(library: str) -> bool:
    """Tell whether any distribution that the library's instrumentor supports is there."""
    for point in entry_points(group="opentelemetry_instrumentor", name=f"spanwright_{library}"):
        for each in point.load().supports:
            try:
                version(Requirement(each).name)
            except PackageNotFoundError:
                continue
            return True
    return False


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the folder of a library that is not installed."""
    if collection_path.parent != _HERE or not collection_path.is_dir() or _installed(collection_path.name):
        return None
    _left_out.add(collection_path.name)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which libraries were not tested here."""
    if _left_out:
        names = ", ".join(sorted(_left_out - {"__pycache__"}))
        if names:
            terminalreporter.write_line(f"not installed here, tested in lanes of their own: {names}")
