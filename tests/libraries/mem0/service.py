# SPDX-License-Identifier: Apache-2.0
"""A small server that answers as Mem0's hosted service does, on this machine."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RECORD = {"id": "mem-1", "memory": "Prefers the left.", "user_id": "u-1", "metadata": {"room": "hall"}}
FOUND = {**RECORD, "score": 0.75}
PING = {"status": "ok", "org_id": "org-1", "project_id": "proj-1", "user_email": None}


class Service:
    """The server; `says` is what it answers next, by method and the path's last word, else what it always answers."""

    def __init__(self) -> None:
        self.says: list[tuple[int, Any]] = []
        self.asked: list[tuple[str, str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                self.rfile.read(length)
                service.asked.append((self.command, self.path))
                ping = "/ping/" in self.path
                status, said = (
                    service.says.pop(0)
                    if service.says and not ping
                    else (200, _said(self.command, self.path))
                )
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names that the server asks for

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the server's name
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Service:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _said(method: str, path: str) -> Any:
    path = path.partition("?")[0]
    if "/ping/" in path:
        return PING
    if path.endswith("/search/"):
        return {"results": [FOUND]}
    if path.endswith("/add/") or (method == "POST" and path == "/v1/memories/"):
        return {"results": [{"id": "mem-1", "event": "ADD", "memory": "Prefers the left."}]}
    if method == "POST":
        return {"results": [RECORD, {**RECORD, "id": "mem-2"}]}
    return RECORD if method == "GET" else {"message": "done"}
