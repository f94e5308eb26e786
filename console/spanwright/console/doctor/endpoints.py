# SPDX-License-Identifier: Apache-2.0
"""An OTLP endpoint, asked with an empty export whether it is there and takes what would be sent."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_PATIENCE = 2.0
_SERVICES = {"traces": "trace", "metrics": "metrics", "logs": "logs"}
_PORTS = {"grpc": 4317, "http/protobuf": 4318}
_OTHER = {"grpc": "http/protobuf", "http/protobuf": "grpc"}
_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
_CREDENTIALS = "set OTEL_EXPORTER_OTLP_HEADERS to what the backend asks for"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came back: `remedy` is None where all is well, `lost` tells that nothing sent there arrives.

    `silent` is for nobody who speaks the protocol, `refused` for a backend that takes no such signal.
    """

    text: str
    remedy: str | None = None
    lost: bool = True
    silent: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one signal goes by OTLP."""

    signal: str
    protocol: str
    url: str

    @property
    def host(self) -> str:
        """The host's name or address."""
        return urlsplit(self.url).hostname or "localhost"

    @property
    def port(self) -> int:
        """The port, also where the address leaves it out."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80 if self.protocol != "grpc" else 4317)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    @property
    def shown(self) -> str:
        """The address without what may be a secret: user-info and query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{self.address}{parts.path if self.protocol != 'grpc' else ''}"

    def ask(self) -> Verdict:
        """Send an empty export, and say what came back."""
        try:
            with socket.create_connection((self.host, self.port), _PATIENCE):
                pass
        except (OSError, ValueError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return Verdict(f"does not answer ({reason.lower()})", self._elsewhere(), silent=True)
        return self._grpc() if self.protocol == "grpc" else self._http()

    def _elsewhere(self) -> str:
        return "start what listens there, set OTEL_EXPORTER_OTLP_ENDPOINT"

    def _http(self) -> Verdict:
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        connection = (
            http.client.HTTPSConnection(self.host, self.port, timeout=_PATIENCE, context=_trust())
            if secure
            else http.client.HTTPConnection(self.host, self.port, timeout=_PATIENCE)
        )
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(
                "POST", path, b"", {**_headers(self.signal), "Content-Type": "application/x-protobuf"}
            )
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError) as error:
            return self._foreign(type(error).__name__)
        finally:
            connection.close()
        return self._status(status)

    def _status(self, status: int) -> Verdict:
        if status < 300:  # noqa: PLR2004 - the statuses of HTTP speak for themselves
            return Verdict(f"answers ({status})")
        if status in {401, 403}:
            return Verdict(f"refuses the credentials ({status})", _CREDENTIALS)
        if status in {404, 405}:
            remedy = "check the path: the base address belongs into OTEL_EXPORTER_OTLP_ENDPOINT, without /v1/traces"
            return Verdict(f"takes no {self.signal} there ({status})", remedy, refused=True)
        if status < 500:  # noqa: PLR2004 - as above
            remedy = "look whether the backend wants a header (OTEL_EXPORTER_OTLP_HEADERS)"
            return Verdict(f"answers {status} to an empty export", remedy, lost=False)
        return Verdict(f"fails ({status})", "look into the backend's own log")

    def _grpc(self) -> Verdict:
        try:
            import grpc  # pyright: ignore[reportMissingTypeStubs] - has none
        except ImportError:
            return Verdict("accepts connections")
        module: Any = grpc
        target, service = self.address, _SERVICES[self.signal]
        name = f"/opentelemetry.proto.collector.{service}.v1.{service.capitalize()}Service/Export"
        secure = urlsplit(self.url).scheme != "http"
        channel: Any = (
            module.secure_channel(target, module.ssl_channel_credentials(_certificate()))
            if secure
            else module.insecure_channel(target)
        )
        try:
            metadata = [(key.lower(), value) for key, value in _headers(self.signal).items()]
            channel.unary_unary(name)(b"", timeout=_PATIENCE, metadata=metadata)
        except module.RpcError as error:
            return self._code(error.code().name)
        finally:
            channel.close()
        return Verdict("answers")

    def _code(self, code: str) -> Verdict:
        if code in {"UNAUTHENTICATED", "PERMISSION_DENIED"}:
            return Verdict(f"refuses the credentials ({code})", _CREDENTIALS)
        if code == "UNIMPLEMENTED":
            return Verdict(f"takes no {self.signal}", "send them to where they are taken", refused=True)
        if code in {"UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL"}:
            return self._foreign(code)
        return Verdict(f"answers {code} to an empty export", "look into the backend's own log", lost=False)

    def _foreign(self, reason: str) -> Verdict:
        """Tell of one who listens and does not speak the protocol."""
        other = _OTHER[self.protocol]
        text = f"something listens, and does not speak OTLP over {self.protocol} ({reason})"
        scheme = "a scheme of http:// for a server without TLS, "
        if urlsplit(self.url).scheme != "https":
            scheme = ""
        remedy = f"try {scheme}{_PROTOCOL}={other}, or port {_PORTS[self.protocol]}"
        return Verdict(text, remedy, silent=True)


def endpoint(signal: str, protocol: str) -> Endpoint:
    """Return where a signal goes, by the rules of OpenTelemetry's exporters."""
    own = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT", "").strip()
    common = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip()
    if protocol == "grpc":
        url = own or common or "http://localhost:4317"
        if "://" not in url:
            insecure = os.environ.get("OTEL_EXPORTER_OTLP_INSECURE", "").strip().lower() == "true"
            url = f"{'http' if insecure else 'https'}://{url}"
    else:
        url = own or f"{(common or 'http://localhost:4318').rstrip('/')}/v1/{signal}"
    return Endpoint(signal, protocol, url)


def _headers(signal: str) -> dict[str, str]:
    from opentelemetry.util.re import parse_env_headers

    names = (f"OTEL_EXPORTER_OTLP_{signal.upper()}_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
    given = next((found for name in names if (found := os.environ.get(name))), "")
    return dict(parse_env_headers(given, liberal=True))


def _trust() -> ssl.SSLContext:
    authorities = _certificate()
    return ssl.create_default_context(cadata=authorities.decode() if authorities else None)


def _certificate() -> bytes | None:
    """Return the authorities that the environment names, or None for the system's."""
    path = os.environ.get("OTEL_EXPORTER_OTLP_CERTIFICATE")
    try:
        return Path(path).read_bytes() if path else None
    except OSError:
        return None
