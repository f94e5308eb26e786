# SPDX-License-Identifier: Apache-2.0
"""watsonx.ai's chat: OpenAI's, with names of its own for the model and for what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.openai_chat import content, output
from spanwright.instrumentors._dialects.wire import fields, get, items, string

if TYPE_CHECKING:
    from spanwright.semconv.model import Request, Response

__all__ = ["Chunks", "content", "output", "request", "response"]


def request(body: Any) -> Request:
    """Read what was asked for."""
    found = openai_chat.request(body)
    found.model = string(body.get("model_id"))
    return found


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    return openai_chat.response(_named(value))


class Chunks(openai_chat.Chunks):
    """Keeps what is needed of a stream. Not every version of the SDK raises the error that a stream tells of."""

    __slots__ = ()

    def add(self, chunk: Any) -> None:
        """Take one chunk."""
        super().add(_named(chunk))


def _named(value: Any) -> dict[str, Any]:
    """Return an answer with OpenAI's names of what it tells."""
    told = fields(value)
    wrong = items(told.get("errors"))
    if wrong:
        told = {**told, "error": {"code": get(wrong[0], "code")}}
    return told if told.get("model") else {**told, "model": told.get("model_id")}
