# SPDX-License-Identifier: Apache-2.0
"""The HTTP server: one thread per connection, connections kept alive, streams in chunks."""

from __future__ import annotations

import contextlib
import socket
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from spanwright.console.provider import routes
from spanwright.console.provider.request import Request, parse_body
from spanwright.console.provider.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from typing_extensions import Self

    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Answer
    from spanwright.console.provider.wire import Wire

CREATED = 1_790_000_000
"""The time at which everything is made, if none is set: September 2026."""
_PATIENCE = 10.0


class Provider:
    """A provider on 127.0.0.1; it runs in daemon threads from `start` to `stop`, or within a `with` block."""

    def __init__(
        self,
        script: Iterable[Reply] = (),
        *,
        port: int = 0,
        created: int = CREATED,
        wires: Iterable[Wire] = (),
    ) -> None:
        """`script` holds the first replies, `created` is the fixed time of every answer.

        `wires` are APIs of other providers that it speaks besides.
        """
        self.requests: list[Request] = []
        self.lock = threading.Condition()
        self._state = State(script, created, wires)
        self._port = port
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        """Starts."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops."""
        self.stop()

    def start(self) -> Self:
        """Starts to listen; returns when requests can be sent."""
        self._server = _Server(self._port, self._state, self)
        self._port = int(self._server.server_address[1])
        self._server.thread.start()
        return self

    def stop(self) -> None:
        """Drops every connection and ends every thread; a second call does nothing."""
        server, self._server = self._server, None
        if server is not None:
            self._state.stopping.set()
            server.stop()

    @property
    def url(self) -> str:
        """The address without a path, as Azure clients want it."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """The address of the API."""
        return f"{self.url}/v1"

    def say(self, *replies: Reply) -> None:
        """Appends replies to the script."""
        self._state.say(*replies)

    @property
    def unsaid(self) -> int:
        """How many scripted replies were not yet asked for."""
        return self._state.unsaid

    def wait(self, number: int = 1, patience: float = _PATIENCE) -> Request:
        """The request with that number, from 1, as soon as it has arrived."""
        with self.lock:
            if not self.lock.wait_for(lambda: len(self.requests) >= number, patience):
                told = f"{len(self.requests)} requests arrived, not {number}"
                raise TimeoutError(told)
            return self.requests[number - 1]

    def note(self, request: Request) -> None:
        """Remembers a request; called by the server's threads."""
        with self.lock:
            self.requests.append(request)
            self.lock.notify_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, port: int, state: State, provider: Provider) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.state = state
        self.provider = provider
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="provider", daemon=True)
        self._open: set[socket.socket] = set()
        self._workers: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        worker = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), name="provider", daemon=True
        )
        with self._lock:
            self._open.add(request)
            self._workers.add(worker)
        worker.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        super().process_request_thread(request, client_address)
        with self._lock:
            self._workers.discard(threading.current_thread())

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: a client that goes away is no error here."""

    def stop(self) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()
        with self._lock:
            workers = list(self._workers)
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for worker in workers:
            worker.join(_PATIENCE)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - the only server it is made for

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
        """Says nothing: standard output and standard error belong to the application."""

    def do_GET(self) -> None:
        request = self._read()
        self.server.provider.note(request)
        self._send(routes.answer(request, self.server.state))

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for
    do_DELETE = do_GET  # noqa: N815 - as above
    do_PUT = do_GET  # noqa: N815 - as above
    do_PATCH = do_GET  # noqa: N815 - as above

    def _read(self) -> Request:
        target = urlsplit(self.path)
        path = unquote(target.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        raw = self._read_chunks() if headers.get("transfer-encoding") == "chunked" else self._read_whole()
        body, files = parse_body(headers.get("content-type", ""), raw)
        _, deployment = routes.split(path)
        return Request(
            self.command, path, dict(parse_qsl(target.query)), headers, raw, body, files, deployment
        )

    def _read_whole(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def _read_chunks(self) -> bytes:
        parts: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, answer: Answer) -> None:
        if answer.hold_at is None:
            self._hold(answer)
        if answer.drop:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in self._headers(answer).items():
            self.send_header(name, value)
        self.end_headers()
        if answer.frames is None:
            self._send_whole(answer)
        else:
            self._send_frames(answer, answer.frames)

    def _headers(self, answer: Answer) -> dict[str, str]:
        told = {"content-type": answer.kind, "date": formatdate(self.server.state.created, usegmt=True)}
        if answer.frames is None:
            told["content-length"] = str(len(answer.body))
        else:
            told |= {"transfer-encoding": "chunked", "cache-control": "no-cache"}
        return {**told, **answer.headers}

    def _send_whole(self, answer: Answer) -> None:
        if answer.hold_at is not None:
            self.wfile.flush()
            self._hold(answer)
        if answer.cut_after is None:
            self.wfile.write(answer.body)
        else:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
        self.wfile.flush()

    def _send_frames(self, answer: Answer, frames: Iterable[bytes]) -> None:
        self.wfile.flush()
        for at, frame in enumerate(frames):
            if at == answer.cut_after:
                # Without the closing chunk the client knows that the answer is not whole.
                self.close_connection = True
                return
            if at == answer.hold_at:
                self._hold(answer)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(frame), frame))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _hold(self, answer: Answer) -> None:
        """Waits for the event, in turns so that a provider that stops is not kept."""
        while answer.hold and not answer.hold.wait(0.02) and not self.server.state.stopping.is_set():
            pass
