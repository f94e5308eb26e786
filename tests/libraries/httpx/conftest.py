# SPDX-License-Identifier: Apache-2.0
"""A small HTTP server on 127.0.0.1, and the four roads that a request takes: two libraries, sync and async."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

try:
    import httpx2
except ModuleNotFoundError:  # the first httpx cannot live beside it
    httpx2 = None

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARIES: dict[str, Any] = {"httpx": httpx, **({"httpx2": httpx2} if httpx2 else {})}


class Handler(BaseHTTPRequestHandler):
    """Answers by path; what it got is in `server.requests`."""

    protocol_version = "HTTP/1.1"
    server: Server

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        name, *rest = urlsplit(self.path).path.strip("/").split("/")
        getattr(self, f"on_{name}")(*rest)

    do_GET = do_POST = do_HEAD = do_DELETE = do_BREW = handle_any

    def log_message(self, format: str, *args: Any) -> None:
        del format, args

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def chunked(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def on_ok(self, *_: str) -> None:
        self.answer(200, b"hello")

    def on_status(self, code: str) -> None:
        self.answer(int(code), b"" if code == "204" else b"no")

    def on_redirect(self, times: str) -> None:
        left = int(times)
        self.answer(302, b"moved", location=f"/redirect/{left - 1}" if left > 1 else "/ok")

    def on_loop(self) -> None:
        self.answer(302, location="/loop")

    def on_chunks(self, count: str) -> None:
        self.chunked()
        for number in range(int(count)):
            self.chunk(b"chunk %d;" % number)
        self.chunk(b"")

    def on_cut(self) -> None:
        self.chunked()
        self.chunk(b"first")
        self.chunk(b"second")
        self.close_connection = True

    def on_hang(self) -> None:
        self.server.released.wait()
        self.close_connection = True

    def on_pause(self) -> None:
        self.chunked()
        self.chunk(b"first")
        self.server.released.wait()
        self.close_connection = True

    def on_digest(self) -> None:
        if "Authorization" in self.headers:
            self.answer(200, b"in")
        else:
            self.answer(401, www_authenticate='Digest realm="r", nonce="n", qop="auth", algorithm=MD5')

    def on_basic(self) -> None:
        expected = "Basic " + base64.b64encode(b"user:S3CRET").decode()
        self.answer(200 if self.headers.get("Authorization") == expected else 401)

    def on_headers(self) -> None:
        self.answer(200, json.dumps({k.lower(): v for k, v in self.headers.items()}).encode())


class Server(ThreadingHTTPServer):
    """Listens on a free port; handlers that hang are let go at the end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.released = Event()
        self.port: int = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request, client_address


@dataclass
class Road:
    """One library, sync or async; the same calls for both."""

    library: Any
    asynchronous: bool

    def request(self, method: str, url: str, client: dict[str, Any] | None = None, **options: Any) -> Any:
        """Send a request and return the response."""
        if not self.asynchronous:
            with self.library.Client(**(client or {})) as sync:
                return sync.request(method, url, **options)

        async def send() -> Any:
            async with self.library.AsyncClient(**(client or {})) as asynchronous:
                return await asynchronous.request(method, url, **options)

        return asyncio.run(send())

    def get(self, url: str, client: dict[str, Any] | None = None, **options: Any) -> Any:
        """Send a GET."""
        return self.request("GET", url, client, **options)

    def stream(self, url: str, take: int | None = None, client: dict[str, Any] | None = None) -> list[bytes]:
        """Take so many raw chunks of the body (None: all) inside the library's context manager, then leave it."""
        found: list[bytes] = []
        if not self.asynchronous:
            with self.library.Client(**(client or {})) as sync, sync.stream("GET", url) as response:
                if take == 0:
                    return found
                for chunk in response.iter_raw():
                    found.append(chunk)
                    if len(found) == take:
                        break
            return found

        async def pull() -> None:
            async with (
                self.library.AsyncClient(**(client or {})) as asynchronous,
                asynchronous.stream("GET", url) as response,
            ):
                if take == 0:
                    return
                async for chunk in response.aiter_raw():
                    found.append(chunk)
                    if len(found) == take:
                        break

        asyncio.run(pull())
        return found


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Any:
    """Return httpx, then httpx2."""
    return LIBRARIES[request.param]


@pytest.fixture(params=["sync", "async"])
def road(request: pytest.FixtureRequest, library: Any) -> Road:
    """Return each of the four roads."""
    return Road(library, request.param == "async")


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a running server."""
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()
