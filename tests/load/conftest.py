# SPDX-License-Identifier: Apache-2.0
"""Applications in processes of their own, a provider in another, and receivers of every mood."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from load.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
INSTRUMENT = str(Path(sys.executable).with_name("opentelemetry-instrument"))
PATIENCE = 200


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return the address of the reference provider, which runs in a process of its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A thousand connections are a file each; children inherit the limit.
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    command = [sys.executable, "-m", "spanwright.console.provider"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        yield process.stderr.readline().strip()
        process.terminate()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def receiving() -> Iterator[Callable[..., Receiver]]:
    """Return a function that starts a receiver."""
    started: list[Receiver] = []

    def start(*args: object, **options: object) -> Receiver:
        started.append(Receiver(*args, **options))
        return started[-1]

    yield start
    for receiver in started:
        receiver.stop()


@contextmanager
def application(name: str, *, instrumented: bool = True, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """Start an application of this folder under `opentelemetry-instrument`, with a clean set of variables."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "SPANWRIGHT_"))}
    silent = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}
    command = [sys.executable, str(HERE / f"{name}.py")]
    with subprocess.Popen(
        [INSTRUMENT, *command] if instrumented else command,
        env={**kept, **silent, "NO_PROXY": "127.0.0.1", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def exporting(endpoint: str, *signals: str) -> dict[str, str]:
    """Return the variables for the export of these signals; spans go as soon as there are any."""
    return {
        **{f"OTEL_{signal}_EXPORTER": "otlp" for signal in signals},
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
