# SPDX-License-Identifier: Apache-2.0
"""Web servers that fork their workers, before or after they load the application, or start them anew when it changes."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest

from lifecycle.conftest import CLIENT, PATIENCE
from lifecycle.serving import Server, exporting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lifecycle.conftest import Receiver
    from spanwright.console.provider import Provider

pytest.importorskip("gunicorn")
pytest.importorskip("uvicorn")
WSGI = (
    CLIENT
    + """
from opentelemetry import trace

tracer = trace.get_tracer("app")
LOADED_BY = os.getpid()

def app(environ, start_response):
    with tracer.start_as_current_span("request"):
        answered = ask().choices[0].message.role
        streamed = sum(1 for _ in ask("streamed", stream=True))
    start_response("200 OK", [])
    return [b"[%d, %d, %d]" % (LOADED_BY, os.getpid(), streamed)]
"""
)
ASGI = """
import os
import openai
from opentelemetry import trace

client = openai.AsyncOpenAI(base_url=os.environ["PROVIDER"], api_key="test", max_retries=0)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        # The server ends by the signal that it was sent, without its exit handlers.
        trace.get_tracer_provider().force_flush()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await client.chat.completions.create(model="VERSION", messages=[{"role": "user", "content": "Hello there"}])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"[%d]" % os.getpid()})
"""


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Return a socket for the server: what is asked before it is there waits in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


@pytest.fixture
def environ(receiver: Receiver, shared: Provider) -> dict[str, str]:
    """Return the environment of a server that exports to the receiver, at the end of its workers alone."""
    return {**exporting(receiver, shared), "PYTHONDONTWRITEBYTECODE": "1"}


def get(listening: socket.socket) -> list[int]:
    """Ask a server; return the numbers that it answers."""
    host, port = listening.getsockname()
    with build_opener(ProxyHandler({})).open(f"http://{host}:{port}", timeout=PATIENCE) as answer:
        return json.load(answer)


@pytest.mark.parametrize("preloading", [("--preload",), ()], ids=["preloaded", "not preloaded"])
def test_a_worker_of_gunicorn_exports_its_calls_once(
    preloading: tuple[str, ...],
    listening: socket.socket,
    environ: dict[str, str],
    receiver: Receiver,
    tmp_path: Path,
) -> None:
    (tmp_path / "served.py").write_text(WSGI)
    told = (
        "served:app",
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--bind",
        f"fd://{listening.fileno()}",
    )
    told = (*told, "--timeout", str(PATIENCE), *preloading)
    with Server(tmp_path, "gunicorn", *told, socket=listening, **environ) as server:
        answers = [get(listening) for _ in range(3)]
        assert server.end() == 0, server.said
    assert {loaded == served for loaded, served, _ in answers} == {not preloading}
    requests = sorted(span.id for span in receiver.received if span.name == "request")
    for name in ("chat gpt-4o-mini", "chat streamed"):
        assert sorted(span.parent for span in receiver.chats() if span.name == name) == requests
    assert len(requests) == len(answers)


def test_a_server_that_reloads_exports_what_was_done_before_and_after(
    listening: socket.socket, environ: dict[str, str], receiver: Receiver, tmp_path: Path
) -> None:
    script = tmp_path / "served.py"
    script.write_text(ASGI.replace("VERSION", "first"))
    told = ("served:app", "--fd", str(listening.fileno()), "--reload", "--reload-dir", str(tmp_path))
    with Server(tmp_path, "uvicorn", *told, socket=listening, **environ) as server:
        (before,) = get(listening)
        script.write_text(ASGI.replace("VERSION", "second"))
        os.utime(script, (2**31, 2**31))
        after = before
        while after == before:
            # A worker that is replaced may reset what it has accepted.
            with contextlib.suppress(ConnectionError, URLError):
                (after,) = get(listening)
        server.end()
    names = [span.name for span in receiver.chats()]
    assert (names[0], names[-1]) == ("chat first", "chat second"), server.said
    assert len({span.id for span in receiver.chats()}) == len(names)
