# SPDX-License-Identifier: Apache-2.0
"""The text generation of Hugging Face's servers: a text in `inputs`, a text out, streamed a token at a time."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, finish, get, items, string, texts
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Message, Request, Response, Text, Usage

_FINISH = {"eos_token": "stop"}


def request(body: Any) -> Request:
    """Read what was asked for."""
    read = fields(body.get("parameters")).get
    return Request(
        stream=body.get("stream"),
        max_tokens=read("max_new_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        frequency_penalty=read("frequency_penalty"),
        seed=read("seed"),
        stop=read("stop"),
        output_type=n.OutputType.JSON if read("grammar") else None,
    )


def response(value: Any) -> Response:
    """Read the facts of an answer; whatever it tells stands in `details`, which must be asked for."""
    detail = get(_only(value), "details")
    reason = _reason(detail)
    return Response(finish_reasons=[reason] if reason else None, usage=_usage(detail))


def content(body: Any) -> Content:
    """Read the sensitive part of a request."""
    asked = texts(body.get("inputs"))
    return Content(input=[Message("user", asked)] if asked else [])


def output(value: Any) -> list[Message]:
    """Read the text that was made."""
    found = _only(value)
    said = string(get(found, "generated_text"))
    if said is None:
        return []
    return [Message("assistant", [Text(said)], finish_reason=_reason(get(found, "details")))]


def _only(value: Any) -> Any:
    """Return the answer, which some servers put into a list."""
    held = items(value)
    return held[0] if held else value


def _reason(detail: Any) -> str | None:
    found = finish(get(detail, "finish_reason"))
    return _FINISH.get(found, found) if found is not None else None


def _usage(detail: Any) -> Usage | None:
    read = fields(detail).get
    asked, made = count(read("input_length")), count(read("generated_tokens"))
    if asked is None and (prefill := items(read("prefill"))):
        asked = len(prefill)
    return Usage(input=asked, output=made) if asked is not None or made is not None else None


class Chunks:
    """Keeps what is needed of a stream: the last event, and with content the tokens."""

    __slots__ = ("_last", "_tokens")

    def __init__(self, *, content: bool) -> None:
        self._last: Any = None
        self._tokens: list[str] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        self._last = chunk
        if self._tokens is not None:
            token = get(chunk, "token")
            piece = string(get(token, "text"))
            if piece is not None and get(token, "special") is not True:
                self._tokens.append(piece)

    def value(self) -> dict[str, Any]:
        """Return the answer that the events make up, in the shape of an unstreamed one."""
        return {
            "generated_text": string(get(self._last, "generated_text")) or "".join(self._tokens or ()),
            "details": get(self._last, "details"),
        }
