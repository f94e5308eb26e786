# SPDX-License-Identifier: Apache-2.0
"""What carries the messages: known by the stream that a session writes to, since a session knows no more of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.instrumentors._kernel.receiving import arrived, has_span

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.semconv.model import McpMessage

SESSION_ID = "mcp-session-id"
VERSION = "mcp-protocol-version"
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Channel:
    """One connection; `transport` holds the SDK's own object where that knows the session's id."""

    kind: str
    protocol: str | None = None
    address: str | None = None
    port: int | None = None
    transport: Any = None

    def describe(self, subject: McpMessage) -> None:
        """Fill in what is known of the connection."""
        subject.transport, subject.network_protocol = self.kind, self.protocol
        if not subject.received:
            subject.address, subject.port = self.address, self.port
        session = getattr(self.transport, "session_id", None)
        if isinstance(session, str):
            subject.session_id = session


_channels: WeakKeyDictionary[Any, Channel] = WeakKeyDictionary()
_versions: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
# The context in which an HTTP server took a message in, by its request: the session that handles it runs elsewhere.
_taken: WeakKeyDictionary[Any, Context] = WeakKeyDictionary()


def agreed(session: Any, version: str | None) -> None:
    """Remember the protocol version of a session."""
    if version is not None:
        _versions[session] = version


def describe(subject: McpMessage, session: Any) -> None:
    """Fill in what is known of the session that sends or handles a message."""
    channel = _channels.get(_identity(getattr(session, "_write_stream", session)))
    if channel is not None:
        channel.describe(subject)
    if subject.protocol_version is None:
        subject.protocol_version = _versions.get(session)


def describe_request(subject: McpMessage, request: Any) -> None:
    """Fill in what the HTTP request says that brought a message."""
    subject.transport, subject.network_protocol = "tcp", "http"
    version = getattr(request, "scope", {}).get("http_version")
    subject.network_version = version if isinstance(version, str) else None
    client = getattr(request, "client", None)
    if client is not None:
        subject.address, subject.port = client.host, client.port
    subject.session_id = subject.session_id or request.headers.get(SESSION_ID)
    subject.protocol_version = subject.protocol_version or request.headers.get(VERSION)


def around(request: Any) -> tuple[Context, bool]:
    """Return the context that a message came in, and whether that is the message's own.

    Of HTTP it is that of the request, or what its headers say; of a pipe there is only that of the session.
    """
    if request is None:
        return current.now(), False
    context = _taken.get(request)
    if context is not None:
        return context, True
    return arrived(dict(request.headers), None), True


def take(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Remember the context of the HTTP request in which `ServerMessageMetadata` is made."""
    made = wrapped(*args, **kwargs)
    guard(_take, instance)
    return made


def _take(metadata: Any) -> None:
    request = getattr(metadata, "request_context", None)
    if request is not None and has_span(context := current.now()):
        _taken[request] = context


def post(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
    """Note the stream whose messages a `StreamableHTTPTransport` posts."""
    guard(_note_post, instance, *args, **kwargs)
    return wrapped(*args, **kwargs)


def _note_post(transport: Any, *args: Any, write_stream: Any = None, **_: Any) -> None:
    stream = write_stream if write_stream is not None else args[3]
    _channels[_identity(stream)] = _http(transport.url, transport)


def opened(facts: Callable[..., Channel]) -> Wrapper:
    """Return a wrapper for a transport's context manager that notes the streams that it gives."""

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Args, kwargs: Kwargs) -> Any:
        del instance
        manager = wrapped(*args, **kwargs)
        guard(_observe, manager, facts, args, kwargs)
        return manager

    return wrapper


def pipe(*_: Any, **__: Any) -> Channel:
    """Return the channel of standard input and output."""
    return Channel("pipe")


def http(url: Any = None, *_: Any, **__: Any) -> Channel:
    """Return the channel of server-sent events."""
    return _http(url, None)


def websocket(url: Any = None, *_: Any, **__: Any) -> Channel:
    """Return the channel of a web socket."""
    return _http(url, None, "websocket")


def _identity(stream: Any) -> Any:
    """Return what a stream is known by: SDK 2 puts one around it that takes no weak reference."""
    return getattr(stream, "_inner", stream)


def _http(url: Any, transport: Any, protocol: str = "http") -> Channel:
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    return Channel("tcp", protocol, parts.hostname, parts.port or _PORTS.get(parts.scheme), transport)


def _observe(manager: Any, facts: Callable[..., Channel], args: Args, kwargs: Kwargs) -> None:
    """Stand between `contextlib`'s manager and its generator: the manager stays the library's own object."""
    if hasattr(manager.gen, "__anext__"):
        manager.gen = _Given(manager.gen, lambda: facts(*args, **kwargs))


class _Given:
    """An asynchronous generator whose first value holds a session's streams."""

    __slots__ = ("_facts", "_inner")

    def __init__(self, inner: Any, facts: Callable[[], Channel]) -> None:
        self._inner = inner
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        if name in _Given.__slots__:
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        value = await self._inner.__anext__()
        guard(self._note, value)
        return value

    def _note(self, value: tuple[Any, ...]) -> None:
        _, stream, *_ = value
        _channels.setdefault(_identity(stream), self._facts())
