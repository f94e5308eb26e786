# SPDX-License-Identifier: Apache-2.0
"""Writes the README's coverage table from the instrumentors themselves, so that it cannot lie.

uv run python docs/coverage.py [--check]
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path

_README = Path(__file__).parents[1] / "README.md"
_START, _END = (
    "<!-- coverage: made by docs/coverage.py from the instrumentors -->",
    "<!-- end of coverage -->",
)


def table() -> str:
    """Return the table, one row an instrumentor."""
    rows = ["| extra | tested versions | what is traced |", "|---|---|---|"]
    points = distribution("spanwright").entry_points.select(group="opentelemetry_instrumentor")
    for point in sorted(points, key=lambda each: each.name):
        instrumentor = point.load()
        versions = ", ".join(f"`{each}`" for each in instrumentor.supports)
        rows.append(f"| `{point.name.removeprefix('spanwright_')}` | {versions} | {instrumentor.captures} |")
    return "\n".join(rows)


def main() -> int:
    """Write the table, or with `--check` tell by 1 that it is stale."""
    text = _README.read_text("utf-8")
    head, _, rest = text.partition(_START)
    _, _, tail = rest.partition(_END)
    fresh = f"{head}{_START}\n{table()}\n{_END}{tail}"
    if "--check" in sys.argv:
        if fresh != text:
            print("README.md: the coverage table is stale; run `uv run python docs/coverage.py`")
        return int(fresh != text)
    _README.write_text(fresh, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
