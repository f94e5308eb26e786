# SPDX-License-Identifier: Apache-2.0
"""Programs under `opentelemetry-instrument`, run as a person would, and what it takes to wait for them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spanwright.console.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[1] / "examples"
INSTRUMENT = Path(sys.executable).with_name("opentelemetry-instrument")
PATIENCE = 60
"""Seconds until a test gives up waiting; nothing that is awaited takes a tenth of it on an idle machine."""


def await_until(condition: Callable[[], bool], what: str, *, within: float = PATIENCE) -> None:
    """Poll until the condition holds, within bounds."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        pause.wait(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Runner:
    """Runs an example as a person would, with a clean set of OpenTelemetry's variables."""

    def __init__(self, provider: Provider) -> None:
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("OTEL_")
        }
        self._environment |= {
            "OPENAI_BASE_URL": provider.base_url,
            "OPENAI_API_KEY": "demo",
            "WEATHER_URL": f"{provider.url}/weather",
            "NO_PROXY": "127.0.0.1",
            "PYTHONIOENCODING": "utf-8",
        }

    def start(self, program: str | Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start an example by its name, or any program by its whole path."""
        return subprocess.Popen(
            [str(INSTRUMENT), sys.executable, str(EXAMPLES / program), *arguments],
            env={**self._environment, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        with self.start(program, *arguments, **variables) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        assert process.returncode == 0, err
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def runner(provider: Provider) -> Runner:
    return Runner(provider)
