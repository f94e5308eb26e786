# SPDX-License-Identifier: Apache-2.0
"""Agents in the workers of a web server and of a task queue stay below the span of the process that called them.

Celery's own instrumentor imports Celery in every process where it is installed, and so these run in LangChain's lane.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("celery", reason="tested in the newest lane of LangChain")

from lifecycle.serving import Server, exporting
from lifecycle.work import RUNNING

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.fixture
def environ(receiver: Receiver, shared: Provider) -> dict[str, str]:
    """Return the environment of servers that export to the receiver."""
    return exporting(receiver, shared)


def test_agents_in_two_workers_of_a_web_server_stay_below_their_caller(
    environ: dict[str, str], run: Any, receiver: Receiver, tmp_path: Path
) -> None:
    (tmp_path / "served.py").write_text(SERVER)
    # What is asked before the server is there waits in its queue.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        handle, port = listening.fileno(), listening.getsockname()[1]
        # A worker that waits for the other one is not to be taken for dead.
        told = ("served:app", "--workers", "2", "--fd", str(handle), "--timeout-worker-healthcheck", "200")
        with Server(tmp_path, "uvicorn", *told, socket=listening, **environ):
            found = run(CALLER, SERVER=f"http://127.0.0.1:{port}")
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
    environ: dict[str, str], run: Any, receiver: Receiver, tmp_path: Path
) -> None:
    (tmp_path / "served.py").write_text(TASKS)
    told = ("-A", "served:app", "worker", "--pool", "prefork", "--concurrency", "2")
    with Server(tmp_path, "celery", *told, **environ):
        found = run(SENDER)
    assert found.returncode == 0, found.stderr
    (request,) = [span for span in receiver.received if span.name == "request"]
    assert {span.trace for span in receiver.received} == {request.trace}
    known = {span.id: span for span in receiver.received}
    runs = [span for span in receiver.received if span.name == "invoke_agent host"]
    assert [_path(span, known) for span in runs] == [["run/work", "apply_async/work", "request"]] * 2
