# SPDX-License-Identifier: Apache-2.0
"""Agents in the workers of a web server and of a task queue stay below the span of the process that called them.

Celery's own instrumentor imports Celery in every process where it is installed, and so these run in LangChain's lane.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("celery", reason="tested in the newest lane of LangChain")

from lifecycle.conftest import PATIENCE
from lifecycle.work import RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.conftest import Receiver
    from spanwright.console.provider import Provider

SERVER = f"""{RUNNING}
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

async def serve(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({{"type": "lifespan.startup.complete"}})
        # A worker ends by the signal, without its exit handlers.
        trace.get_tracer_provider().force_flush()
        await send({{"type": "lifespan.shutdown.complete"}})
        return
    # Two workers have to meet here, each with a request of its own, so that both serve one.
    if scope["path"] == "/first":
        open("begun", "w").close()
        open("met", "w").close()
    else:
        open("met").close()
    await aask()
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": str(os.getpid()).encode()}})

app = OpenTelemetryMiddleware(serve, exclude_spans=["receive", "send"])
"""
CALLER = """
import os, threading, httpx
from opentelemetry import context, trace

def get(path):
    pids.add(httpx.get(os.environ["SERVER"] + path, timeout=180).text)

pids = set()
os.mkfifo("begun")
os.mkfifo("met")
with trace.get_tracer("app").start_as_current_span("request"):
    first = threading.Thread(target=get, args=("/first",))
    first.start()
    open("begun").close()
    get("/second")
    first.join()
print(len(pids))
"""


class Servers:
    """Servers under `opentelemetry-instrument` in a folder of their own."""

    def __init__(self, folder: Path, **environ: str) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "SPANWRIGHT_"))}
        self._environ = {**kept, **environ}
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, script: str, *command: str, inherited: tuple[int, ...] = ()) -> None:
        (self._folder / "served.py").write_text(script)
        tool = str(Path(sys.executable).parent / "opentelemetry-instrument")
        with (self._folder / "served.log").open("wb") as log:
            started = subprocess.Popen(
                [tool, sys.executable, "-m", *command],
                cwd=self._folder,
                env=self._environ,
                stdout=log,
                stderr=log,
                pass_fds=inherited,
                start_new_session=True,
            )
        self._running.append(started)

    def end(self) -> None:
        """Ask them to end, as a supervisor does, and wait until they have."""
        for each in self._running:
            each.terminate()
            each.wait(PATIENCE)

    def kill(self) -> None:
        """End what is left of them, their workers too."""
        for each in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
            each.wait()


@pytest.fixture
def servers(tmp_path: Path, receiver: Receiver, shared: Provider) -> Iterator[Servers]:
    """Return what starts servers that export to the receiver."""
    made = Servers(
        tmp_path,
        NO_PROXY="127.0.0.1",
        OTEL_TRACES_EXPORTER="otlp",
        OTEL_METRICS_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none",
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint,
        PROVIDER=shared.base_url,
    )
    yield made
    made.kill()


def test_agents_in_two_workers_of_a_web_server_stay_below_their_caller(
    servers: Servers, run: Any, receiver: Receiver
) -> None:
    # What is asked before the server is there waits in its queue.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        handle, port = listening.fileno(), listening.getsockname()[1]
        # A worker that waits for the other one is not to be taken for dead.
        told = ("served:app", "--workers", "2", "--fd", str(handle), "--timeout-worker-healthcheck", "200")
        servers.start(SERVER, "uvicorn", *told, inherited=(handle,))
        found = run(CALLER, SERVER=f"http://127.0.0.1:{port}")
    servers.end()
    assert (found.returncode, found.stdout, found.stderr) == (0, "2\n", "")
    (request,) = [span for span in receiver.received if span.name == "request"]
    assert {span.trace for span in receiver.received} == {request.trace}
    known = {span.id: span for span in receiver.received}
    runs = [span for span in receiver.received if span.name == "invoke_agent host"]
    assert [_path(span, known) for span in runs] == [["GET", "GET", "request"]] * 2


def _path(span: Any, known: dict[bytes, Any]) -> list[str]:
    """Return the first words of the names of what is above a span."""
    above: list[str] = []
    while (found := known.get(span.parent)) is not None:
        span = found
        above.append(span.name.partition(" ")[0])
    return above


QUEUE = """
import os
from celery import Celery

os.makedirs("queue", exist_ok=True)
app = Celery("served", broker="filesystem://", backend=f"file://{os.getcwd()}/queue")
app.conf.update(
    broker_transport_options={"data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control"},
    broker_connection_retry_on_startup=True,
)
"""
TASKS = f"""{QUEUE}{RUNNING}
from celery.signals import worker_process_shutdown

@app.task(name="work")
def work():
    ask()

@worker_process_shutdown.connect
def flush(**_):
    # A prefork worker ends without its exit handlers.
    trace.get_tracer_provider().force_flush()
"""
SENDER = f"""{QUEUE}
from opentelemetry import trace

with trace.get_tracer("app").start_as_current_span("request"):
    sent = [app.send_task("work"), app.send_task("work")]
for each in sent:
    each.get(timeout=180)
"""


def test_agents_in_prefork_workers_of_a_queue_stay_below_their_caller(
    servers: Servers, run: Any, receiver: Receiver
) -> None:
    servers.start(TASKS, "celery", "-A", "served:app", "worker", "--pool", "prefork", "--concurrency", "2")
    found = run(SENDER)
    servers.end()
    assert found.returncode == 0, found.stderr
    (request,) = [span for span in receiver.received if span.name == "request"]
    assert {span.trace for span in receiver.received} == {request.trace}
    known = {span.id: span for span in receiver.received}
    runs = [span for span in receiver.received if span.name == "invoke_agent host"]
    assert [_path(span, known) for span in runs] == [["run/work", "apply_async/work", "request"]] * 2
