# SPDX-License-Identifier: Apache-2.0
"""Chat bodies in the manner of OpenAI's on Bedrock: Mistral, AI21, DeepSeek, gpt-oss, Qwen and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import fields, get, items

if TYPE_CHECKING:
    from spanwright.semconv.model import Content, Message, Request, Response


def request(body: Any) -> Request:
    """Read what was asked for."""
    found = openai_chat.request(body)
    found.top_k = body.get("top_k")
    return found


def content(body: Any) -> Content:
    """Read the sensitive part of a request."""
    return openai_chat.content(body)


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    return openai_chat.response(_named(value))


def output(value: Any) -> list[Message]:
    """Read the messages of an answer, one a choice."""
    return openai_chat.output(_named(value))


class Chunks(openai_chat.Chunks):
    """Keeps what is needed of a stream."""

    __slots__ = ()

    def add(self, chunk: Any) -> None:
        """Take one chunk; Mistral's have a whole message where others have a delta."""
        super().add(_named(chunk))


def _named(value: Any) -> dict[str, Any]:
    """Name the finish reason and the delta as others do: Mistral's are `stop_reason` and `message`."""
    held = fields(value)
    choices = items(held.get("choices"))
    if not any("stop_reason" in fields(each) for each in choices):
        return held
    named = [
        {
            **fields(each),
            "finish_reason": get(each, "stop_reason"),
            "delta": get(each, "delta") or get(each, "message"),
        }
        for each in choices
    ]
    return {**held, "choices": named}
