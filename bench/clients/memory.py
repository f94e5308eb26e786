# SPDX-License-Identifier: Apache-2.0
"""Answers without a server: what a transport in memory says to a plain request and to one for a stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clients import CHUNKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
) -> Any:
    """Return a transport of `http`, which is httpx or httpx2; `asks` tells a request for a stream."""
    body = json.dumps(answer).encode()

    def answered(request: Any) -> Any:
        streamed = asks(request) if asks else _STREAMED in request.content.replace(b" ", b"")
        if streamed:
            return http.Response(200, content=stream, headers={"content-type": kind})
        return http.Response(200, content=body, headers={"content-type": "application/json"})

    return http.MockTransport(answered)


def words(count: int = CHUNKS) -> list[str]:
    """Return the words of a streamed answer."""
    return [f"word{i} " for i in range(count)]
