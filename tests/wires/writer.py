# SPDX-License-Identifier: Apache-2.0
"""Writer's API: chat under `/chat`, completions without usage, and endpoints of its own; errors in a list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire, chat
from spanwright.console.provider.errors import error_answer
from spanwright.console.provider.request import Answer, frame, streamed_answer, whole_answer
from wires.alike import bent, renamed, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.wire import Endpoint

_NOT_ITS = ("annotations", "obfuscation", "audio_tokens", "accepted_prediction_tokens")
ANSWER = "Here it is."


def whole(body: dict[str, Any]) -> dict[str, Any]:
    told = renamed(without(body, *_NOT_ITS), "prompt_tokens_details", "prompt_token_details")
    for choice in told.get("choices") or ():
        message = choice.get("message") or {}
        message.update(content=message.get("content") or "", graph_data=None, llm_data=None)
    return told


def chunks(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return renamed(without(told, *_NOT_ITS), "prompt_tokens_details", "prompt_token_details")


def texts(body: Callable[[str], dict[str, Any]], chunk: Callable[[str], dict[str, Any]]) -> Endpoint:
    """Return an endpoint that answers with a text: in one object, or a word a chunk."""

    def answer(request: Request, reply: Reply, state: State) -> Answer:
        text = reply.text or ANSWER
        if request.fields.get("stream") is True:
            return streamed_answer([frame(chunk(word)) for word in text.split(" ")])
        return whole_answer(body(text))

    return answer


def refuse(request: Request, status: int) -> Answer:
    given = error_answer(status, model=request.model)
    told = json.loads(given.body)["error"]
    error = {"key": f"fail.{told['type']}", "description": told["message"], "extras": {}}
    return whole_answer({"tpe": told["type"], "errors": [error], "extras": {}}, status, given.headers)


_MADE = texts(lambda text: {"data": text}, lambda word: {"data": word})
WIRE = Wire(
    routes=[
        ("POST", "/v1/chat", bent(chat.complete, "/v1/chat/completions", whole, chunks)),
        (
            "POST",
            "/v1/completions",
            texts(
                lambda text: {"choices": [{"text": text}], "model": "palmyra-x5"},
                lambda word: {"value": word},
            ),
        ),
        (
            "POST",
            "/v1/graphs/question",
            texts(
                lambda text: {"question": "q", "answer": text, "sources": []},
                lambda word: {"data": {"question": "q", "answer": word, "sources": []}},
            ),
        ),
        (
            "POST",
            "/v1/applications/[^/]+",
            texts(
                lambda text: {"title": "Output", "suggestion": text},
                lambda word: {"delta": {"content": word}},
            ),
        ),
        ("POST", "/v1/vision", _MADE),
        ("POST", "/v1/translation", _MADE),
    ],
    refuse=refuse,
)
