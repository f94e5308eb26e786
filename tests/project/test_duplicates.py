# SPDX-License-Identifier: Apache-2.0
"""What two libraries need alike stands once, beneath both: hardly a line is the same in two libraries' folders."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = 6
"""So many lines in a row that are the same are a repetition."""
MOST = 0.02
FOLDERS = ("instrumentors/spanwright/instrumentors", "tests/libraries")


def lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that say something, with their numbers: no comments (the licence is one) and no imports."""
    imported: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    numbered = ((number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), 1))
    return [
        (number, line)
        for number, line in numbered
        if line and not line.startswith("#") and line != "if TYPE_CHECKING:" and number not in imported
    ]


def repeated(texts: dict[tuple[str, str], str]) -> tuple[set[tuple[str, str, int]], int]:
    """Return the lines of (library, file) that stand in another library too, and how many lines there are."""
    places: defaultdict[tuple[str, ...], list[tuple[str, str, list[int]]]] = defaultdict(list)
    total = 0
    for (library, file), text in texts.items():
        found = lines(text)
        total += len(found)
        for start in range(len(found) - RUN + 1):
            window = found[start : start + RUN]
            key = tuple(line for _, line in window)
            places[key].append((library, file, [number for number, _ in window]))
    return {
        (library, file, number)
        for found in places.values()
        if len({library for library, _, _ in found}) > 1
        for library, file, numbers in found
        for number in numbers
    }, total


def texts(root: Path) -> dict[tuple[str, str], str]:
    return {
        (path.relative_to(root).parts[0], str(path.relative_to(ROOT))): path.read_text("utf-8")
        for path in sorted(root.glob("[!_]*/**/*.py"))
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_libraries_repeat_hardly_a_line_of_one_another(folder: str) -> None:
    found, total = repeated(texts(ROOT / folder))
    assert total > 0
    assert len(found) < MOST * total, "\n".join(f"{file}:{number}" for _, file, number in sorted(found))


BODY = "\n".join(f"    step_{number}()" for number in range(RUN - 1))


def test_a_run_of_lines_in_two_libraries_is_found() -> None:
    first = f"import one\n\n\ndef go():\n{BODY}\n"
    second = f"import other\n# Why.\nVALUE = 1\n\ndef go():\n\n{BODY}\n"
    found, _ = repeated({("a", "a.py"): first, ("b", "b.py"): second})
    assert {file for _, file, _ in found} == {"a.py", "b.py"}
    assert len(found) == 2 * RUN


def test_a_run_within_one_library_is_its_own_matter() -> None:
    text = f"def go():\n{BODY}\n"
    assert repeated({("a", "a.py"): text, ("a", "again.py"): text})[0] == set()


def test_imports_do_not_count() -> None:
    text = "from module import (\n" + "".join(f"    name_{number},\n" for number in range(9)) + ")\n"
    assert repeated({("a", "a.py"): text, ("b", "b.py"): text}) == (set(), 0)
