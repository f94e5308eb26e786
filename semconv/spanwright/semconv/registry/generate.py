# SPDX-License-Identifier: Apache-2.0
"""Write the generated modules of `spanwright.semconv` from the facts in this folder.

`python -m spanwright.semconv.registry.generate` writes them; with `--check` it writes nothing, prints the
difference and exits with 1 when a module is stale.
"""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from spanwright.semconv.registry._facts import Facts
from spanwright.semconv.registry._metrics import metrics
from spanwright.semconv.registry._names import names
from spanwright.semconv.registry._oracle import oracle
from spanwright.semconv.registry._spans import spans

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parent
FILES = ("attributes", "events", "http", "messages", "metrics", "ours", "removed", "spans")
MODULES = {"names.py": names, "spans.py": spans, "metrics.py": metrics, "_check_facts.py": oracle}


def facts() -> Facts:
    """Read every file of the registry."""
    loaded: dict[str, Any] = {
        name: yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8")) for name in FILES
    }
    return Facts(**loaded)


def modules() -> dict[str, str]:
    """File name and formatted content of each generated module."""
    given = facts()
    return {name: _formatted(write(given)) for name, write in MODULES.items()}


def stale(target: Path) -> str:
    """Compare what is in `target` with what belongs there; empty when there is no difference."""
    lines: list[str] = []
    for name, content in modules().items():
        path = target / name
        found = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
        lines += difflib.unified_diff(
            found,
            content.splitlines(keepends=True),
            f"found/{name}",
            f"facts/{name}",
        )
    return "".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the generator as a command."""
    parser = argparse.ArgumentParser(prog="generate", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, exit with 1 when a module is stale",
    )
    parser.add_argument("--target", type=Path, default=FOLDER.parent, help="folder of the generated modules")
    options = parser.parse_args(arguments)
    if options.check:
        difference = stale(options.target)
        sys.stdout.write(difference)
        return 1 if difference else 0
    for name, content in modules().items():
        (options.target / name).write_text(content, "utf-8")
    return 0


def _formatted(source: str) -> str:
    # The repository's own formatter, so that a generated module never differs from a formatted one.
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--line-length",
        "110",
        "--stdin-filename",
        "facts.py",
        "-",
    ]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout  # noqa: S603


if __name__ == "__main__":
    raise SystemExit(main())
