# SPDX-License-Identifier: Apache-2.0
"""Writes the benchmark's table into bench/README.md."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overhead import Row

_README = Path(__file__).with_name("README.md")
_START, _END = "<!-- table -->", "<!-- end of table -->"


def write(rows: list[Row], date: str, versions: dict[str, str]) -> None:
    """Replace the table between the marks."""
    named = ", ".join(f"{name} {found}" for name, found in versions.items())
    lines = [
        f"Measured on {date}: Python {platform.python_version()}, {named}.",
        "",
        "| case | bare | floor | spanwright | verdict |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    head, _, rest = _README.read_text().partition(_START)
    _, _, tail = rest.partition(_END)
    _README.write_text(f"{head}{_START}\n{chr(10).join(lines)}\n{_END}{tail}")
