# SPDX-License-Identifier: Apache-2.0
"""Builds the documentation's site: the pages of this repository, and one for each library from its instrumentor.

uv run --group docs docs/site.py     # then: python -m http.server -d build/site -b 127.0.0.1

Opened as a file, build/site/index.html is whole but for its search, which browsers give to a server alone.

Pages keep their places, so that a link works in the repository and in the site. What is made here is not committed:
outputs of commands are asked of the commands, libraries' pages of their instrumentors and of what their tests recorded.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import conventions
import library
import output

_ROOT = Path(__file__).parents[1]
_PAGES = _ROOT / "build" / "pages"
_COPIED = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "bench/README.md",
    "docs/*.md",
    "docs/backends/**/*.*",
    "docs/site.css",
)
_LEFT_OUT = {"docs/pypi.md"}  # the short readme of the package index
_CONFIGURED = ("What is captured by default", "Environment variables")


def copied() -> None:
    """Copy what is written by hand."""
    for pattern in _COPIED:
        for source in _ROOT.glob(pattern):
            place = source.relative_to(_ROOT)
            if str(place) in _LEFT_OUT or source.suffix == ".py" or not source.is_file():
                continue
            target = _PAGES / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def configuration(readme: str) -> str:
    """Return the page of settings, which are told in the README."""
    told = [_section(readme, heading) for heading in _CONFIGURED]
    text = "\n\n".join(each for each in told if each)
    return "# Configuration\n\n" + re.sub(r"\]\(docs/", "](", text) + "\n"


def generated() -> None:
    """Write what is made from the code and the README."""
    readme = (_ROOT / "README.md").read_text("utf-8")
    (_PAGES / "docs" / "configuration.md").write_text(configuration(readme), "utf-8")
    conventions_page = _PAGES / "docs" / "conventions.md"
    conventions_page.write_text(conventions.filled(conventions_page.read_text("utf-8")), "utf-8")
    with output.shell() as shell:
        shell.fill(_PAGES / "docs")
        shell.said("run --content --quiet agent.py")
        shell.said(f"view --no-open --output {_PAGES / 'docs' / 'example.html'}")
    folder = _PAGES / "docs" / "libraries"
    folder.mkdir()
    rows = ["# Libraries", "", "| library | what is traced |", "|---|---|"]
    points = distribution("spanwright").entry_points.select(group="opentelemetry_instrumentor")
    for point in sorted(points, key=lambda each: each.name):
        name = point.name.removeprefix("spanwright_")
        (folder / f"{name}.md").write_text(library.page(point, readme), "utf-8")
        rows.append(f"| [`{name}`]({name}.md) | {point.load().captures} |")
    (folder / "README.md").write_text("\n".join(rows) + "\n", "utf-8")


def _section(text: str, heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}$.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[0].strip() if found else ""


def main() -> int:
    """Lay the pages out, and build the site; a link that leads nowhere is an error."""
    shutil.rmtree(_PAGES, ignore_errors=True)
    _PAGES.mkdir(parents=True)
    copied()
    generated()
    command = [
        sys.executable,
        "-m",
        "zensical",
        "build",
        "--strict",
        "--clean",
        "--config-file",
        "zensical.toml",
    ]
    return subprocess.run(command, cwd=_ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
