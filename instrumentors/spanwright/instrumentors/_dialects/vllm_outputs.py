# SPDX-License-Identifier: Apache-2.0
"""What vLLM's engines take and return: sampling parameters, prompts, and outputs that carry their token ids."""

from __future__ import annotations

from typing import Any, cast

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import count, finish, get, items, string, texts
from spanwright.semconv.model import Content, Message, Request, Response, Text, Usage

CUMULATIVE, DELTA, FINAL_ONLY = "CUMULATIVE", "DELTA", "FINAL_ONLY"
# What each parameter is unless the caller says otherwise; the class fills it in.
_UNASKED: dict[str, Any] = {
    "n": 1,
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 0,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.0,
    "seed": None,
}


def request(params: Any) -> Request:
    """Read what was asked for; of several sets of parameters, one a prompt, only a first one that stands alone."""
    several = items(params)
    if several:
        params = several[0] if len(several) == 1 else None
    asked = {name: value for name, usual in _UNASKED.items() if (value := _of(params, name)) != usual}
    read = asked.get
    return Request(
        max_tokens=_of(params, "max_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=top_k if isinstance(top_k := read("top_k"), int) and top_k > 0 else None,
        frequency_penalty=read("frequency_penalty"),
        presence_penalty=read("presence_penalty"),
        seed=read("seed"),
        choices=read("n"),
        stop=list(stops) if (stops := items(_of(params, "stop"))) else None,
    )


def kind(params: Any) -> str:
    """Return what each piece of a stream will hold: all there is so far, what is new, or the whole at the end."""
    return string(getattr(_of(params, "output_kind"), "name", None)) or CUMULATIVE


def content(prompts: Any) -> Content:
    """Read prompts that are texts or hold one; token ids tell a reader nothing."""
    several = items(prompts) or (prompts,)
    found = [texts(each) or texts(get(each, "prompt")) for each in several]
    return Content(input=[Message("user", parts) for parts in found if parts])


def conversations(messages: Any, tools: Any) -> Content:
    """Read one conversation, or several one after the other, in the shape of OpenAI's."""
    given = items(messages)
    several = [items(each) for each in given] if given and items(given[0]) else [given]
    return Content(
        input=[openai_chat.message(each) for conversation in several for each in conversation],
        tools=[openai_chat.tool(each) for each in items(tools)],
    )


def response(value: Any) -> Response:
    """Read how many tokens there were, and how each of the texts ended."""
    outputs = items(value)
    texts_made = [each for output in outputs for each in items(_of(output, "outputs"))]
    reasons = [finish(_of(each, "finish_reason")) for each in texts_made]
    return Response(
        finish_reasons=[each or "error" for each in reasons] if any(reasons) else None,
        usage=Usage(
            input=_sum([_length(_of(each, "prompt_token_ids")) for each in outputs]),
            output=_sum([_length(_of(each, "token_ids")) for each in texts_made]),
            cache_read=_sum([count(_of(each, "num_cached_tokens")) for each in outputs]),
        ),
    )


def output(value: Any) -> list[Message]:
    """Read the texts."""
    return [
        Message("assistant", [Text(text)] if text else [], finish_reason=finish(_of(each, "finish_reason")))
        for one in items(value)
        for each in items(_of(one, "outputs"))
        if (text := string(_of(each, "text"))) is not None or _of(each, "finish_reason") is not None
    ]


class Chunks:
    """Keeps the last piece of a stream, or adds up pieces that hold only what is new."""

    __slots__ = ("_adding", "_content", "_last", "_made")

    def __init__(self, kind: str | None, *, content: bool) -> None:
        self._adding = kind == DELTA
        self._content = content
        self._last: Any = None
        self._made: dict[Any, _Growing] = {}

    def add(self, chunk: Any) -> None:
        """Take one piece."""
        self._last = chunk
        for each in items(_of(chunk, "outputs")):
            index = _of(each, "index")
            if not isinstance(index, int):
                continue
            if (growing := self._made.get(index)) is None:
                growing = self._made[index] = _Growing()
            growing.take(each, adding=self._adding, content=self._content)

    def value(self) -> list[dict[str, Any]]:
        """Return the answer in the shape of one that came whole."""
        told = {name: _of(self._last, name) for name in ("prompt_token_ids", "num_cached_tokens")}
        return [{**told, "outputs": [self._made[index].whole() for index in sorted(self._made)]}]


class _Growing:
    """One text of a stream."""

    __slots__ = ("_count", "_finish", "_texts")

    def __init__(self) -> None:
        self._count = 0
        self._finish: Any = None
        self._texts: list[str] = []

    def take(self, piece: Any, *, adding: bool, content: bool) -> None:
        if not adding:
            self._count = 0
            self._texts.clear()
        self._count += _length(_of(piece, "token_ids")) or 0
        self._finish = _of(piece, "finish_reason") or self._finish
        if content and (text := string(_of(piece, "text"))) is not None:
            self._texts.append(text)

    def whole(self) -> dict[str, Any]:
        return {"token_ids": range(self._count), "text": "".join(self._texts), "finish_reason": self._finish}


def _of(value: Any, name: str) -> Any:
    """Return a member of an object, some of which keep theirs in slots, or of a dict."""
    return get(cast("object", value), name) if isinstance(value, dict) else getattr(value, name, None)


def _length(value: Any) -> int | None:
    try:
        return len(value)
    except TypeError:
        return None


def _sum(values: list[int | None]) -> int | None:
    known = [each for each in values if each is not None]
    return sum(known) if known else None
