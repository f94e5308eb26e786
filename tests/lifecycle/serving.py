# SPDX-License-Identifier: Apache-2.0
"""Servers under `opentelemetry-instrument`, started and ended as a supervisor does it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.conftest import PATIENCE

if TYPE_CHECKING:
    from typing_extensions import Self


class Server:
    """A server in a process of its own, which takes a listening socket over; its output goes to a file."""

    def __init__(self, folder: Path, *command: str, socket: Any, **environ: str) -> None:
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "SPANWRIGHT_"))
        }
        self._log = folder / "server.log"
        with self._log.open("wb") as log:
            self._running = subprocess.Popen(
                [Path(sys.executable).with_name("opentelemetry-instrument"), sys.executable, "-m", *command],
                cwd=folder,
                env={**kept, **environ},
                stdout=log,
                stderr=log,
                pass_fds=(socket.fileno(),),
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> int:
        """Ask it to end, and wait until it has; return its status."""
        self._running.terminate()
        try:
            return self._running.wait(PATIENCE)
        finally:
            self._running.kill()

    @property
    def said(self) -> str:
        """What it has written."""
        return self._log.read_text("utf-8")
