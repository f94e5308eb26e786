# SPDX-License-Identifier: Apache-2.0
"""Applications in processes of their own, under `opentelemetry-instrument`, that export to a receiver of this test."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import textwrap
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanwright.console.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A busy machine takes its time to import what an application needs.
PATIENCE = 200
# What every script begins with.
CLIENT = """
import os, sys
import openai

client = openai.OpenAI(base_url=os.environ["PROVIDER"], api_key="test", max_retries=0)

def ask(model="gpt-4o-mini", **options):
    messages = [{"role": "user", "content": "Hello there"}]
    return client.chat.completions.create(model=model, messages=messages, **options)
"""


@dataclass(frozen=True)
class Received:
    """A span as a backend gets it."""

    name: str
    id: bytes
    parent: bytes
    trace: bytes
    attributes: dict[str, Any]
    status: int
    start: int
    end: int
    service: str


class Receiver(ThreadingHTTPServer):
    """A receiver of OTLP over HTTP on 127.0.0.1."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.received += [
                    Received(
                        span.name,
                        span.span_id,
                        span.parent_span_id,
                        span.trace_id,
                        {each.key: each.value for each in span.attributes},
                        span.status.code,
                        span.start_time_unix_nano,
                        span.end_time_unix_nano,
                        about.get("service.name", ""),
                    )
                    for span in scope.spans
                ]

    def chats(self) -> list[Received]:
        """Return the model calls; what carried them over HTTP is not asked for here."""
        return [span for span in self.received if span.name.startswith("chat")]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return the receiver to which the applications export."""
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Provider]:
    """Return a provider for all applications of a module."""
    with Provider() as provider:
        yield provider


def execute(
    folder: Path, script: str, *command: str, instrumented: bool = True, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run a script as an application, under `opentelemetry-instrument` unless told otherwise; `command` is Python's."""
    (folder / "app.py").write_text(textwrap.dedent(script))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "SPANWRIGHT_"))}
    silent = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}
    tool = [str(Path(sys.executable).parent / "opentelemetry-instrument")] if instrumented else []
    return subprocess.run(
        [*tool, sys.executable, *(command or ("app.py",))],
        check=False,
        cwd=folder,
        env={**kept, **silent, "NO_PROXY": "127.0.0.1", **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.fixture
def run(
    tmp_path: Path, receiver: Receiver, shared: Provider
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a script with a provider to ask and a receiver to export to."""
    exporting = {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
        "PROVIDER": shared.base_url,
    }

    def start(
        script: str, *command: str, instrumented: bool = True, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        return execute(tmp_path, script, *command, instrumented=instrumented, **{**exporting, **environ})

    return start
