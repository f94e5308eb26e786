# SPDX-License-Identifier: Apache-2.0
"""Writes what `pytest --proof` and `--differential` found into the tables of docs/reliability.md.

Rows of lanes that did not run are kept.

uv run nox -R -s proof -- <library> ...
uv run nox -R -s differential -- <library> ...
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

_PAGE = Path(__file__).with_name("reliability.md")
# By what a run has to say: the table's name, its columns, and where they come from.
_TABLES = {
    "violations": (
        "proof",
        (
            *("lane", "tests", "calls witnessed", "functions", "faults", "of", "times raised", "violations"),
            "run on",
        ),
        ("tests", "calls", "functions", "faults", "planned", "struck", "violations"),
    ),
    "differences": (
        "differential",
        ("lane", "scenarios", "calls", "requests", "bytes of bodies", "unsteady", "differences", "run on"),
        ("scenarios", "calls", "requests", "bytes", "unsteady", "differences"),
    ),
}


def row(found: dict[str, int | str], keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the cells of one lane."""
    return (str(found["lane"]), *(f"{found[key]:,}" for key in keys), f"{datetime.now(UTC):%Y-%m-%d}")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return the table, with the sums below it."""
    sums = [sum(int(each[column].replace(",", "")) for each in rows) for column in range(1, len(head) - 1)]
    last = ("all", *(f"{each:,}" for each in sums), "")
    lines = [head, tuple("---" for _ in head), *sorted(rows), last]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def merged(text: str, found: dict[str, int | str]) -> str:
    """Return the page with the row of one lane."""
    name, head, keys = next(told for key, told in _TABLES.items() if key in found)
    start, end = f"<!-- {name}: made by docs/reliability.py from a run -->", f"<!-- end of {name} -->"
    before, _, rest = text.partition(start)
    held, _, after = rest.partition(end)
    lines = [line for line in held.strip().splitlines()[2:] if line and not line.startswith("| all ")]
    rows = {
        cells[0]: cells for line in lines if (cells := tuple(c.strip() for c in line.strip("|").split("|")))
    }
    cells = row(found, keys)
    rows[cells[0]] = cells
    return f"{before}{start}\n{table(head, list(rows.values()))}\n{end}{after}"


def main() -> int:
    """Merge the found rows into the page."""
    text = _PAGE.read_text("utf-8")
    for file in sys.argv[1:]:
        for line in Path(file).read_text("utf-8").splitlines():
            text = merged(text, json.loads(line))
    _PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
