# SPDX-License-Identifier: Apache-2.0
"""A receiver of OTLP over HTTP that counts, and that can be slow, refuse, or be of no use at all."""

from __future__ import annotations

import gzip
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Mapping


class Receiver(ThreadingHTTPServer):
    """A receiver on 127.0.0.1. `held` keeps every answer back until it is set; `status` is what is answered then."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, status: int = 200, headers: Mapping[str, str] | None = None, *, hold: bool = False
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.headers = dict(headers or {})
        self.held = threading.Event()
        if not hold:
            self.held.set()
        self.asked = threading.Event()
        self.answered = 0
        self.spans: Counter[bytes] = Counter()
        self.names: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def take(self, body: bytes) -> None:
        """Count the spans of a request."""
        told = ExportTraceServiceRequest.FromString(body)
        spans = [span for found in told.resource_spans for scope in found.scope_spans for span in scope.spans]
        with self._lock:
            self.spans.update(span.span_id for span in spans)
            self.names.update(span.name for span in spans)

    def answer(self) -> None:
        """Count an answer."""
        with self._lock:
            self.answered += 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: an application that is gone is no error here."""

    def stop(self) -> None:
        self.held.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver  # pyright: ignore[reportIncompatibleVariableOverride] - the only server it is made for
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.set()
        self.server.held.wait()
        if self.server.status == 200 and self.path == "/v1/traces":
            plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            self.server.take(plain)
        self.server.answer()
        self.send_response(self.server.status)
        for name, value in {**self.server.headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""
