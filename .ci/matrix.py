#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the lanes of the version matrix, a few at a time, and shows one line for each and the log of what failed.

uv run .ci/matrix.py [--jobs N] [--since COMMIT] [library ...]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from matrix import Lane, lanes, touched

_SUMMARY = re.compile(r"^(?:\d+ \w+, )*\d+ (?:passed|failed|errors?)\b.* in [\d.]+s.*$", re.MULTILINE)
_SHOWN = 60


def run(lane: Lane) -> tuple[Lane, int, str, float]:
    """Run one lane in its own environment; return its exit status, its output and its seconds."""
    start = monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "nox", "-s", f"matrix({lane.id})", "--", lane.library],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return lane, done.returncode, done.stdout, monotonic() - start


def main() -> int:
    """Run what is asked for and return 1 if a lane failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--since", help="only the libraries that the changes since this commit touch")
    told = parser.parse_args()
    chosen = told.libraries or (touched(told.since) if told.since else [])
    asked = [lane for lane in lanes() if (lane.library in chosen if chosen else not lane.on_demand)]
    failed = 0
    with ThreadPoolExecutor(told.jobs) as pool:
        for lane, status, output, seconds in pool.map(run, asked):
            found = _SUMMARY.findall(output)
            print(
                f"{'ok    ' if status == 0 else 'FAILED'} {lane.id:32} {seconds:5.0f} s  {found[-1] if found else ''}",
                flush=True,
            )
            if status:
                failed += 1
                print("\n".join(output.splitlines()[-_SHOWN:]), flush=True)
    print(f"{len(asked) - failed} of {len(asked)} lanes are green", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
