# SPDX-License-Identifier: Apache-2.0
"""The page on reliability names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| `(test_\w+)`: (.*) \|$", re.MULTILINE)


def test_each_case_of_process_life_names_its_tests() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text("utf-8").partition("## Process life")[2]
    named = {(file, name) for file, names in ROW.findall(page) for name in re.findall(r"`(\w+)`", names)}
    assert len(named) > 30
    missing = [
        f"{file}: {name}"
        for file, name in sorted(named)
        if f"def test_{name}(" not in (ROOT / "tests" / "lifecycle" / f"{file}.py").read_text("utf-8")
    ]
    assert missing == []
