# SPDX-License-Identifier: Apache-2.0
"""Answers without a server: what a transport in memory says to a plain request and to one for a stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clients import CHUNKS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

_STREAMED = b'"stream":true'
EVENTS, LINES = "text/event-stream", "application/x-ndjson"


def events(chunks: Iterable[Any], *, named: bool = False, done: bool = False) -> bytes:
    """Return server-sent events; `named` gives each the name that its `type` tells, `done` adds OpenAI's last one."""
    told = [(f"event: {c['type']}\n" if named else "") + f"data: {json.dumps(c)}\n\n" for c in chunks]
    return "".join([*told, "data: [DONE]\n\n" if done else ""]).encode()


def lines(chunks: Iterable[Any]) -> bytes:
    """Return a line of JSON a chunk."""
    return "".join(f"{json.dumps(chunk)}\n" for chunk in chunks).encode()


def answering(
    http: Any,
    answer: Any,
    stream: bytes = b"",
    kind: str = EVENTS,
    *,
    asks: Callable[[Any], bool] | None = None,
    apart: bool = False,
) -> Any:
    """Return a transport of `http`, which is httpx or httpx2; `asks` tells a request for a stream.

    A stream comes in one piece, or `apart`, an event at a time, as a network brings it.
    """
    body = json.dumps(answer).encode()

    class Pieces(http.SyncByteStream, http.AsyncByteStream):
        """A stream, an event at a time."""

        def __iter__(self) -> Iterator[bytes]:
            return (event + b"\n\n" for event in stream.split(b"\n\n") if event)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for event in self:
                yield event

    def answered(request: Any) -> Any:
        streamed = asks(request) if asks else _STREAMED in request.content.replace(b" ", b"")
        if streamed and apart:
            return http.Response(200, stream=Pieces(), headers={"content-type": kind})
        if streamed:
            return http.Response(200, content=stream, headers={"content-type": kind})
        return http.Response(200, content=body, headers={"content-type": "application/json"})

    return http.MockTransport(answered)


def words(count: int = CHUNKS) -> list[str]:
    """Return the words of a streamed answer."""
    return [f"word{i} " for i in range(count)]
