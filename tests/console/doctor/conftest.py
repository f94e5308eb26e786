# SPDX-License-Identifier: Apache-2.0
"""Environments to be examined: real distributions in a folder on the path, and real receivers of OTLP."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as wire
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as service

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 120
BIN = Path(sys.executable).parent
# Whoever runs the tests may have set up telemetry, or another library's switches.
# What tests of libraries set for the whole run is none of a person's environment either.
FOREIGN = (
    *("OTEL_", "SPANWRIGHT_", "LANGSMITH_", "LANGCHAIN_", "ANTHROPIC_", "OPENAI_"),
    *("MEM0_", "CREWAI_", "LITELLM_"),
)


@dataclass(frozen=True)
class Answer:
    """What a command has said."""

    code: int
    out: str
    error: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def findings(self, title: str) -> list[dict[str, Any]]:
        (group,) = [each for each in self.json["groups"] if each["title"] == title]
        return group["findings"]

    def of(self, title: str, subject: str) -> dict[str, Any]:
        """Return the one fact of a group about a subject."""
        (found,) = [each for each in self.findings(title) if each["subject"] == subject]
        return found

    def problems(self) -> list[tuple[str, str]]:
        return [
            (group["title"], each["subject"])
            for group in self.json["groups"]
            for each in group["findings"]
            if each["level"] == "problem"
        ]


@dataclass(frozen=True)
class Place:
    """An environment: what is installed here, and before it on the path what a test puts into `folder`."""

    folder: Path
    variables: dict[str, str] = field(
        default_factory=lambda: {
            "OTEL_TRACES_EXPORTER": "spanwright_tree",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
        }
    )

    def ask(self, *arguments: str, **variables: str | None) -> Answer:
        """Run the command; nothing is exported over the network unless `variables` say so. None unsets one."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        kept |= {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(self.folder)}
        kept |= {"PYTHONIOENCODING": "utf-8", "NO_PROXY": "127.0.0.1", "COLUMNS": "200"}
        given: dict[str, str | None] = {**self.variables, **variables}
        kept |= {key: value for key, value in given.items() if value is not None}
        done = subprocess.run(
            [sys.executable, str(BIN / "spanwright"), *arguments],
            env=kept,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def doctor(self, *arguments: str, **variables: str | None) -> Answer:
        return self.ask("doctor", "--json", *arguments, **variables)

    def install(
        self, name: str, version: str = "1.0", entry_points: str = "", requires: tuple[str, ...] = ()
    ) -> None:
        """Lay a distribution's facts where an installer would."""
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        lines += [f"Requires-Dist: {each}" for each in requires]
        (info / "METADATA").write_text("\n".join(lines) + "\n")
        (info / "entry_points.txt").write_text(entry_points)

    def copy(self, package: str, version: str | None = None) -> Path:
        """Install a real package a second time, to be changed; its version can be said to be another one."""
        found = distribution(package)
        target = self.folder / package
        shutil.copytree(str(found.locate_file(package)), target)
        self.install(package, version or found.version)
        return target


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "site")


@dataclass
class Receiver:
    """A server on this machine that answers exports with `status`, and remembers their paths and headers."""

    status: int = 200
    port: int = 0
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append((self.path, dict(self.headers), body))
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join(PATIENCE)


@dataclass
class Collector:
    """A gRPC server on this machine that takes traces alone, and remembers what came."""

    port: int
    came: list[tuple[int, dict[str, str]]]
    refuses: bool = False


@pytest.fixture
def collector() -> Iterator[Collector]:
    state = Collector(0, [])

    class Traces(service.TraceServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:
            state.came.append((len(request.resource_spans), dict(context.invocation_metadata())))
            if state.refuses:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")
            return wire.ExportTraceServiceResponse()

    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        service.add_TraceServiceServicer_to_server(Traces(), server)
        state.port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield state
        finally:
            server.stop(None).wait(PATIENCE)


@pytest.fixture
def nobody() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
