# SPDX-License-Identifier: Apache-2.0
"""Programs under `opentelemetry-instrument`, the provider they talk to, and a real OTLP receiver."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spanwright.console.provider import Provider

EXAMPLES = Path(__file__).parents[2] / "examples"
INSTRUMENT = Path(sys.executable).with_name("opentelemetry-instrument")
PATIENCE = 30
"""Seconds until a test gives up waiting; nothing that is awaited takes a tenth of it."""


def await_until(condition: Callable[[], bool], what: str) -> None:
    """Poll until the condition holds, within bounds."""
    deadline = time.monotonic() + PATIENCE
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


@dataclass
class Record:
    """A span, metric or log record as the receiver printed it."""

    text: str

    def __getitem__(self, label: str) -> str:
        """Return the value behind a label such as `Trace ID`, or an empty string."""
        found = re.search(rf"^\s*(?:-> )?{re.escape(label)}\s*: ?(.*)$", self.text, re.MULTILINE)
        return found[1].strip() if found else ""

    def attribute(self, key: str) -> str | None:
        found = re.search(rf"^\s*-> {re.escape(key)}: \w+\((.*)\)$", self.text, re.MULTILINE)
        return found[1] if found else None


@dataclass
class Receiver:
    """Rotel, an OTLP receiver in a process of its own, which prints what reaches it."""

    grpc: str
    http: str
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list[str])

    def listen(self) -> None:
        assert self.process.stdout
        self.lines.extend(self.process.stdout)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)

    def records(self, kind: str) -> list[Record]:
        """Return the records of a kind: `Span`, `Metric` or `LogRecord`."""
        text = "".join([*self.lines])
        blocks = re.split(
            r"^(?=(?:Span|Metric|LogRecord|Resource\w+|Scope\w+) #\d+$)", text, flags=re.MULTILINE
        )
        return [Record(block) for block in blocks if block.startswith(f"{kind} #")]

    def names(self, kind: str) -> set[str]:
        return {record["Name"] for record in self.records(kind)}


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    found = importlib.util.find_spec("rotel")
    assert found
    assert found.origin
    grpc, http = free_port(), free_port()
    command = [str(Path(found.origin).with_name("rotel-agent")), "start", "--exporter", "blackhole"]
    command += ["--otlp-grpc-endpoint", f"127.0.0.1:{grpc}", "--otlp-http-endpoint", f"127.0.0.1:{http}"]
    command += ["--debug-log", "traces", "--debug-log", "metrics", "--debug-log", "logs"]
    command += ["--debug-log-verbosity", "detailed", "--pid-file", str(tmp_path / "rotel.pid")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path
    )
    receiver = Receiver(f"http://127.0.0.1:{grpc}", f"http://127.0.0.1:{http}", process)
    listener = threading.Thread(target=receiver.listen)
    listener.start()
    try:
        await_until(lambda: answers(grpc) and answers(http), "the receiver's ports")
        yield receiver
    finally:
        receiver.stop()
        listener.join(PATIENCE)
        assert process.stdout
        process.stdout.close()


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

    def start(self, example: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(INSTRUMENT), sys.executable, str(EXAMPLES / example), *arguments],
            env={**self._environment, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, example: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        with self.start(example, *arguments, **variables) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        assert process.returncode == 0, err
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def runner(provider: Provider) -> Runner:
    return Runner(provider)
