# SPDX-License-Identifier: Apache-2.0
"""watsonx.ai's text generation, which counts tokens beside each result, and its embeddings, which count them once."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import counts, fields, finish, get, items, string, texts
from spanwright.semconv.model import Content, Message, Request, Response, Text, Usage

_FINISH = {"eos_token": "stop", "token_limit": "length", "error": "error"}
_UNFINISHED = "not_finished"


def request(body: Any) -> Request:
    """Read what was asked for."""
    read = fields(body.get("parameters")).get
    return Request(
        model=string(body.get("model_id")),
        max_tokens=read("max_new_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        seed=read("random_seed"),
        stop=read("stop_sequences"),
    )


def response(value: Any) -> Response:
    """Read the facts of an answer, or of several: each prompt of a list is answered by itself."""
    told = _answers(value)
    found = [result for each in told for result in items(get(each, "results"))]
    reasons = [_reason(each) for each in found]
    return Response(
        model=next((name for each in told if (name := string(get(each, "model_id"))) is not None), None),
        finish_reasons=[each or "error" for each in reasons] if any(reasons) else None,
        usage=_usage(found) or _usage(told),
    )


def content(body: Any) -> Content:
    """Read the sensitive part of a request: one prompt, or a list of them."""
    given = body.get("input")
    prompts = [given] if isinstance(given, str) else items(given)
    return Content(input=[Message("user", asked) for each in prompts if (asked := texts(each))])


def output(value: Any) -> list[Message]:
    """Read the texts that were made."""
    found: list[Message] = []
    for each in _answers(value):
        for result in items(get(each, "results")):
            said, reason = string(get(result, "generated_text")), _reason(result)
            if said is not None or reason is not None:
                found.append(Message("assistant", [Text(said)] if said else [], finish_reason=reason))
    return found


def _answers(value: Any) -> list[Any]:
    return list(items(value)) or [value]


def _reason(result: Any) -> str | None:
    # The first version of the API wrote its reasons in capitals.
    told = string(get(result, "stop_reason"))
    told = told.lower() if told is not None else None
    return None if told is None or told == _UNFINISHED else _FINISH.get(told, finish(told))


def _usage(results: list[Any]) -> Usage | None:
    """Add up the counts of results."""
    asked: int | None = None
    made: int | None = None
    for each in results:
        given, new = counts(each, "input_token_count", "generated_token_count")
        asked = given if asked is None else asked + (given or 0)
        made = new if made is None else made + (new or 0)
    return Usage(input=asked, output=made) if asked is not None or made is not None else None


class Chunks:
    """Keeps what is needed of a stream of one text.

    Each event counts what was generated so far. The input is counted on the first event, and as 0 on the others.
    """

    __slots__ = ("_asked", "_made", "_model", "_pieces", "_reason")

    def __init__(self, *, content: bool) -> None:
        self._model: str | None = None
        self._reason: str | None = None
        self._asked: int | None = None
        self._made: int | None = None
        self._pieces: list[str] | None = [] if content else None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        if self._model is None:
            self._model = string(get(chunk, "model_id"))
        for result in items(get(chunk, "results"))[:1]:
            asked, made = counts(result, "input_token_count", "generated_token_count")
            self._asked = asked if self._asked is None else max(self._asked, asked or 0)
            self._made = made if self._made is None else max(self._made, made or 0)
            self._reason = string(get(result, "stop_reason")) or self._reason
            if self._pieces is not None and (piece := string(get(result, "generated_text"))) is not None:
                self._pieces.append(piece)

    def value(self) -> dict[str, Any]:
        """Return the answer that the events make up, in the shape of an unstreamed one."""
        result = {
            "generated_text": "".join(self._pieces or ()),
            "input_token_count": self._asked,
            "generated_token_count": self._made,
            "stop_reason": self._reason,
        }
        return {"model_id": self._model, "results": [result]}


class Answers:
    """Keeps the whole answers to several prompts, in the order in which they come; texts only with content."""

    __slots__ = ("_answers", "_content")

    def __init__(self, *, content: bool) -> None:
        self._answers: list[Any] = []
        self._content = content

    def add(self, chunk: Any) -> None:
        """Take one answer."""
        if not self._content:
            told = [{**fields(each), "generated_text": None} for each in items(get(chunk, "results"))]
            chunk = {"model_id": get(chunk, "model_id"), "results": told}
        self._answers.append(chunk)

    def value(self) -> list[Any]:
        """Return the answers."""
        return self._answers
