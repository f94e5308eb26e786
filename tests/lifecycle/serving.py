# SPDX-License-Identifier: Apache-2.0
"""Servers under `opentelemetry-instrument`, started and ended as a supervisor does it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.conftest import PATIENCE

if TYPE_CHECKING:
    from typing_extensions import Self

    from lifecycle.conftest import Receiver
    from spanwright.console.provider import Provider


def exporting(receiver: Receiver, provider: Provider) -> dict[str, str]:
    """Return the environment of a server that has a provider to ask and exports its traces to a receiver."""
    return {
        "NO_PROXY": "127.0.0.1",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
        "PROVIDER": provider.base_url,
    }


class Server:
    """A server in a process of its own, which may take a listening socket over; its output goes to a file."""

    def __init__(self, folder: Path, *command: str, socket: Any = None, **environ: str) -> None:
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
                pass_fds=() if socket is None else (socket.fileno(),),
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.end()
        finally:
            # Its workers too, whatever has become of it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)

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
