# SPDX-License-Identifier: Apache-2.0
"""Real backends, started as their pages in docs/backends/ say, on free loopback ports and in a temporary folder."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from programs import PATIENCE, await_until, free_port, runner
from receiver import receiver

__all__ = ["receiver", "runner"]

PAGES = Path(__file__).parents[2] / "docs" / "backends"
QUIET = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PHOENIX_TELEMETRY_ENABLED": "false",
}
"""What keeps the backends from telling about themselves, and from work that nobody asks of them here."""
START = 400
"""Seconds that a backend may take to start: the first time it compiles itself and lays out its database."""

WORDS = {
    "SPANWRIGHT_DIALECTS": "openinference",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
}
"""What makes a tool show inputs and outputs that reads OpenInference's words; docs/dialects.md tells it."""

TREE = [
    "chat gpt-4o-mini 71 25",
    "  POST",
    "embeddings text-embedding-3-small 53",
    "  POST",
    "invoke_agent garden_assistant",
    "  chat gpt-4o-mini 250 41",
    "    POST",
    "  chat gpt-4o-mini 336 39",
    "    POST",
    "  execute_tool get_weather",
    "    GET",
    "  execute_tool search_notes",
    "    retrieval",
    "      embeddings text-embedding-3-small 20",
    "        POST",
]
"""The demo's three traces: each span in its place, with its input and output tokens."""


@dataclass(frozen=True)
class Seen:
    """A span as a backend tells it."""

    id: str
    parent: str | None
    name: str
    tokens: tuple[Any, ...] = ()


def outline(spans: Iterable[Seen]) -> list[str]:
    """Return names and token counts, two blanks a level, siblings by name: tools run side by side."""
    seen = list(spans)
    ids = {span.id for span in seen}

    def below(parent: str | None, depth: int) -> Iterator[str]:
        children = [span for span in seen if (span.parent if span.parent in ids else None) == parent]
        for span in sorted(children, key=lambda each: (each.name, str(each.tokens))):
            told = [span.name, *(str(count) for count in span.tokens if count is not None)]
            yield "  " * depth + " ".join(told)
            yield from below(span.id, depth + 1)

    return list(below(None, 0))


@dataclass
class Page:
    """A backend's page: the commands and variables that it tells, with other ports in them."""

    text: str
    ports: dict[str, int] = field(default_factory=dict[str, int])

    def block(self, heading: str) -> str:
        """Return the first block of code under a heading."""
        found = re.search(
            rf"^## {re.escape(heading)}$.*?^```\w*\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL
        )
        assert found, heading
        return self.moved(found[1])

    def moved(self, text: str) -> str:
        """Return a text with the ports of this test, and numbers for names: only IPv4 is listened on."""
        for documented, port in self.ports.items():
            text = re.sub(rf"\b{documented}\b", str(port), text)
        return text.replace("localhost", "127.0.0.1")

    def variables(self, heading: str) -> dict[str, str]:
        """Return what the block under a heading exports."""
        lines = [line.removeprefix("export ") for line in self.block(heading).splitlines()]
        return dict("".join(shlex.split(line)).split("=", 1) for line in lines if "=" in line)


def page(backend: str, *ports: str) -> Page:
    return Page((PAGES / f"{backend}.md").read_text("utf-8"), {port: free_port() for port in ports})


def need(program: str, how: str) -> None:
    """Skip where a backend is not installed; the session that installed it says so, and then that is an error."""
    if shutil.which(program) is None:
        assert not os.environ.get("SPANWRIGHT_BACKEND"), f"{program} should be here"
        pytest.skip(f"{program} is not installed: {how}")


@contextlib.contextmanager
def serving(command: str, folder: Path, ready: Callable[[], bool], **variables: str) -> Iterator[None]:
    """Run a documented command in a folder until the block is left; its processes are ended, all of them."""
    log = folder / "backend.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=folder,
            env={**os.environ, **QUIET, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

        def started() -> bool:
            assert process.poll() is None, log.read_text("utf-8", "replace")[-4000:]
            return ready()

        try:
            await_until(started, command, within=START)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


def silent(variables: dict[str, str]) -> dict[str, str]:
    """Check that a page sends spans alone to a backend that takes nothing else; return its variables."""
    assert {"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}.items() <= variables.items()
    return variables
