# SPDX-License-Identifier: Apache-2.0
"""A server on loopback, for one person: the page at an address nobody can guess, and rows as they are written."""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

from spanwright.console.viewer.page import frame, page
from spanwright.console.viewer.rows import Rows, as_json

if TYPE_CHECKING:
    from spanwright.console.viewer.rows import Row
    from spanwright.console.viewer.source import Choice

_LOOPBACK = "127.0.0.1"
_LOOK = 0.25  # seconds between two looks at the files
_BEAT = 10.0  # seconds after which a silent connection is tried
_BATCH = 500
_DIGITS = 12  # no position has more


class Feed:
    """Rows read so far; a thread looks for more, and whoever waits is told."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.rows: list[Row] = []
        self._reader = Rows()
        self._grown = threading.Condition()
        self._stopped = threading.Event()

    def follow(self) -> None:
        """Read until stopped; a file that cannot be read now may be later."""
        while not self._stopped.is_set():
            with suppress(OSError):
                self._read()
            self._stopped.wait(_LOOK)

    def _read(self) -> None:
        found: list[Row] = []
        for document in self.choice.documents():
            found += self._reader.of(document)
            if len(found) >= _BATCH:
                self._add(found)
                found = []
        self._add(found)

    def _add(self, found: list[Row]) -> None:
        if found:
            with self._grown:
                self.rows += found
                self._grown.notify_all()

    def after(self, position: int) -> list[Row] | None:
        """Wait for rows from this position on; none after a while, and None when there will be no more."""
        with self._grown:
            self._grown.wait_for(lambda: len(self.rows) > position or self._stopped.is_set(), _BEAT)
            return None if self._stopped.is_set() else self.rows[position : position + _BATCH]

    def stop(self) -> None:
        """Send everyone home."""
        self._stopped.set()
        with self._grown:
            self._grown.notify_all()


class Server(ThreadingHTTPServer):
    """Answers at `url` alone, and only to those who ask for it by the name of this machine."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, choice: Choice, port: int = 0) -> None:
        super().__init__((_LOOPBACK, port), _Handler)
        self.feed = Feed(choice)
        self.token = secrets.token_urlsafe(18)
        self.hosts = {f"{_LOOPBACK}:{self.server_port}", f"localhost:{self.server_port}"}
        self.url = f"http://{_LOOPBACK}:{self.server_port}/{self.token}/"

    def run(self) -> None:
        """Serve until interrupted."""
        reader = threading.Thread(target=self.feed.follow, name="spanwright-view", daemon=True)
        reader.start()
        try:
            self.serve_forever(poll_interval=0.2)
        finally:
            self.feed.stop()
            reader.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride] - the only one that makes it
    server_version = "spanwright"
    sys_version = ""
    _headers: ClassVar = {
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }

    def do_GET(self) -> None:
        """Answer the person who started the server, whose browser knows the token, and nobody else."""
        host = self.headers.get("Host", "")
        token, _, rest = self.path.removeprefix("/").partition("/")
        # Another site's name may be made to point here, and its pages may ask here: neither learns anything.
        if host not in self.server.hosts or self.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
            self.send_error(HTTPStatus.FORBIDDEN)
        elif not secrets.compare_digest(token.encode(), self.server.token.encode()):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif rest == "":
            self._page()
        elif rest == "events":
            with suppress(OSError):  # the page was closed
                self._events()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _page(self) -> None:
        body = "".join(page([], self.server.feed.choice.name, live=True)).encode()
        self._begin("text/html; charset=utf-8", {"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _events(self) -> None:
        """Send rows from where the page's last connection ended; what is asked for badly starts anew."""
        last = self.headers.get("Last-Event-ID", "")
        position = int(last) if last.isdecimal() and len(last) < _DIGITS else 0
        position = position if position <= len(self.server.feed.rows) else 0
        self._begin("text/event-stream", {})
        while (rows := self.server.feed.after(position)) is not None:
            position += len(rows)
            event = f"id: {position}\ndata: {as_json(rows)}\n\n" if rows else ": still here\n\n"
            self.wfile.write(event.encode())
            self.wfile.flush()

    def _begin(self, content: str, headers: dict[str, str]) -> None:
        self.send_response(HTTPStatus.OK)
        policy = {"Content-Security-Policy": f"{frame().policy}; frame-ancestors 'none'"}
        for name, value in {"Content-Type": content, **headers, **policy, **self._headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - whatever it is
        """Keep quiet: the terminal is the person's."""
