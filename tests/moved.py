# SPDX-License-Identifier: Apache-2.0
"""Says by name which patched functions of a library are gone in the version that is installed: `python tests/moved.py LIBRARY`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

_ASK = "from spanwright.console.cli import main; main()"


def verdict(told: dict[str, Any]) -> tuple[list[str], bool]:
    """Return what is to be said of a library that `spanwright explain --json` has told of, and whether it is well."""
    versions = ", ".join(f"{name} {version}" for name, version in told["installed"].items() if version)
    gone = [each for each in told["patches"] if each["state"] == "gone"]
    unknown = [each for each in told["patches"] if each["state"] not in ("gone", "found")]
    needed = [each for each in gone if not each["optional"]]
    well = bool(versions) and bool(told["patches"]) and not needed
    lines = [f"{told['library']}: {versions or 'not installed'} (tested: {', '.join(told['supports'])})"]
    lines.append(
        f"  {len(told['patches']) - len(gone) - len(unknown)} of {len(told['patches'])} patched names are there"
    )
    lines += [f"  MOVED {_name(each)}: {each['lost']}" for each in needed]
    lines += [
        f"  not there, and needed by some versions only: {_name(each)}" for each in gone if each["optional"]
    ]
    lines += [f"  cannot be told: {_name(each)} ({each['state']})" for each in unknown]
    return lines, well


def _name(patch: dict[str, Any]) -> str:
    return f"{patch['module']}.{patch['target']}" if patch["target"] else patch["module"]


def main(libraries: list[str]) -> int:
    """Ask for each library, which is imported for it in a process of its own."""
    fine = True
    for library in libraries:
        command = [sys.executable, "-c", _ASK, "explain", library, "--deep", "--json"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        if not done.stdout.startswith("{"):
            sys.stdout.write(f"{library}: cannot be asked: {done.stderr}\n")
            fine = False
            continue
        lines, well = verdict(json.loads(done.stdout))
        sys.stdout.write("\n".join(lines) + "\n")
        fine = fine and well
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
