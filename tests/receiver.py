# SPDX-License-Identifier: Apache-2.0
"""Rotel, a real OTLP receiver for all three signals, made by others and running in a process of its own."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from programs import PATIENCE, answers, await_until, free_port


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
