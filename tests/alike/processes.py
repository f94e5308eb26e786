# SPDX-License-Identifier: Apache-2.0
"""Programs in an interpreter of their own, where nothing is imported yet and nothing is instrumented."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def run(program: str, *options: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program, which may be indented, and return how it ended and what it printed."""
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
    )


def imported_for(instrumentor: type[Any], module: str) -> bool:
    """Tell whether instrumenting imports the framework."""
    done = run(f"""
        import sys
        from {instrumentor.__module__} import {instrumentor.__name__}
        {instrumentor.__name__}().instrument()
        print({module!r} in sys.modules)
    """)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip() != "False"
