# SPDX-License-Identifier: Apache-2.0
"""Writes what `pytest --proof` found into the table of docs/reliability.md; rows of lanes that did not run are kept.

uv run nox -R -s proof -- <library> ...
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

_PAGE = Path(__file__).with_name("reliability.md")
_START, _END = "<!-- proof: made by docs/reliability.py from a run -->", "<!-- end of proof -->"
_HEAD = (
    "lane",
    "tests",
    "calls witnessed",
    "functions",
    "faults",
    "of",
    "times raised",
    "violations",
    "run on",
)


def row(found: dict[str, int | str]) -> tuple[str, ...]:
    """Return the cells of one lane."""
    figures = [
        found[key] for key in ("tests", "calls", "functions", "faults", "planned", "struck", "violations")
    ]
    return (str(found["lane"]), *(f"{each:,}" for each in figures), f"{datetime.now(UTC):%Y-%m-%d}")


def table(rows: list[tuple[str, ...]]) -> str:
    """Return the table, with the sums below it."""
    sums = [sum(int(each[column].replace(",", "")) for each in rows) for column in range(1, 8)]
    last = ("all", *(f"{each:,}" for each in sums), "")
    lines = [_HEAD, tuple("---" for _ in _HEAD), *sorted(rows), last]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main() -> int:
    """Merge the found rows into the page."""
    text = _PAGE.read_text("utf-8")
    head, _, rest = text.partition(_START)
    held, _, tail = rest.partition(_END)
    lines = [line for line in held.strip().splitlines()[2:-1] if line]
    rows = {
        cells[0]: cells for line in lines if (cells := tuple(c.strip() for c in line.strip("|").split("|")))
    }
    for file in sys.argv[1:]:
        for line in Path(file).read_text("utf-8").splitlines():
            cells = row(json.loads(line))
            rows[cells[0]] = cells
    _PAGE.write_text(f"{head}{_START}\n{table(list(rows.values()))}\n{_END}{tail}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
