# SPDX-License-Identifier: Apache-2.0
"""Replicate's predictions: any model, so inputs and outputs of any shape, with names that most of them share."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, get, items, media, string, texts
from spanwright.semconv.model import Content, Generic, Message, Part, Request, Response, Text, Uri, Usage

_FINISH = {"succeeded": "stop", "failed": "error", "canceled": "error"}
_MODALITIES = {
    **dict.fromkeys(("png", "jpg", "jpeg", "webp", "gif", "svg"), "image"),
    **dict.fromkeys(("mp4", "webm", "mov"), "video"),
    **dict.fromkeys(("mp3", "wav", "ogg", "flac"), "audio"),
}
_INPUTS = ("image", "video", "audio")


def request(given: Any, model: str | None) -> Request:
    """Read what was asked for; `given` is the model's `input`, whose names are the model's own."""
    read = fields(given).get
    limit = read("max_tokens")
    return Request(
        model=model,
        max_tokens=limit if limit is not None else read("max_new_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        frequency_penalty=read("frequency_penalty"),
        presence_penalty=read("presence_penalty"),
        seed=read("seed"),
        choices=read("num_outputs"),
    )


def content(given: Any) -> Content:
    """Read the sensitive part of a request: the prompt with its media, or the whole input where there is none."""
    read = fields(given).get
    parts: list[Part] = texts(read("prompt"))
    parts += [media(name, url) for name in _INPUTS if (url := string(read(name))) is not None]
    if not parts and given:
        parts = [Generic("input", given)]
    return Content(
        system=texts(read("system_prompt")),
        input=[Message("user", parts)] if parts else (),
    )


def response(value: Any) -> Response:
    """Read the facts of a prediction, which may not have begun yet; language models count tokens in `metrics`."""
    read = fields(value).get
    status = string(read("status"))
    measured = fields(read("metrics")).get
    given, made = count(measured("input_token_count")), count(measured("output_token_count"))
    reason = _FINISH.get(status or "")
    return Response(
        id=read("id"),
        model=read("model"),
        finish_reasons=[reason] if reason else None,
        usage=Usage(input=given, output=made) if given is not None or made is not None else None,
        error=status if status == "failed" else None,
    )


def output(value: Any, reason: str | None = None) -> list[Message]:
    """Read an output: pieces of text are one text, addresses are files."""
    found: list[Part] = []
    for each in items(value) or (value,):
        address = each if isinstance(each, str) else string(get(each, "url"))
        if address is None:
            found += [Generic("output", each)] if each else []
        elif address.startswith(("https:", "http:", "data:")):
            found.append(_file(address))
        elif found and isinstance(last := found[-1], Text):
            found[-1] = Text(last.content + address)
        elif address:
            found.append(Text(address))
    return [Message("assistant", found, finish_reason=reason)] if found or reason else []


def _file(address: str) -> Part:
    if address.startswith("data:"):
        return media(address[5:].partition("/")[0] or "document", address)
    ending = address.partition("?")[0].rpartition(".")[2].lower()
    return Uri(_MODALITIES.get(ending, "document"), address)


class Chunks:
    """Keeps what is needed of a stream of events, or of pieces of an output."""

    __slots__ = ("_done", "_pieces")

    def __init__(self, *, content: bool) -> None:
        self._done = False
        self._pieces: list[Any] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one event or piece."""
        event = get(chunk, "event")
        kind = getattr(event, "value", event)
        if kind == "done":
            self._done = True
        elif self._pieces is not None and kind in (None, "output"):
            self._pieces.append(chunk if kind is None else get(chunk, "data"))

    def value(self) -> dict[str, Any]:
        """Return what came as a prediction is shaped."""
        return {"output": self._pieces, "status": "succeeded" if self._done else None}
