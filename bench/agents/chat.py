# SPDX-License-Identifier: Apache-2.0
"""OpenAI's chat protocol in memory, as the measured agents ask it: whole or streamed, with or without waiting."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openai
from bench.agents.model import ANSWER, TURNS, called

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.agents.model import Model

NAME = "gpt-4o-mini"
URL = "http://127.0.0.1:9/v1"
HTTP: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx
_SAID = {"id": "chatcmpl-1", "created": 1_790_000_000, "model": "gpt-4o-mini-2024-07-18"}
_USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def calls(done: int, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the message of a model that calls a tool."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    call = {"id": f"call_{done}", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def says(text: str) -> dict[str, Any]:
    """Return the message of a model that is done."""
    return {"role": "assistant", "content": text}


@dataclass(frozen=True, slots=True)
class Wire:
    """How a framework uses the protocol: how many calls a request tells of, and what is said after so many."""

    count: Callable[[Any], int]
    reply: Callable[[int], dict[str, Any]]


def _counted(asked: Any) -> int:
    return sum(each.get("role") == "tool" for each in asked["messages"])


def _replied(done: int) -> dict[str, Any]:
    return calls(done, *called(done)) if done < TURNS - 1 else says(ANSWER)


USUAL = Wire(_counted, _replied)


def ahttp(model: Model, wire: Wire = USUAL) -> Any:
    """Return a client of the HTTP library that asks the model."""

    async def answer(request: Any) -> Any:
        asked = json.loads(request.content)
        done = wire.count(asked)
        return _answer(asked, wire.reply(done)) if await model.astep(done) else _refusal()

    return HTTP.AsyncClient(transport=HTTP.MockTransport(answer))


def http(model: Model, wire: Wire = USUAL) -> Any:
    """Return its synchronous twin."""

    def answer(request: Any) -> Any:
        asked = json.loads(request.content)
        done = wire.count(asked)
        return _answer(asked, wire.reply(done)) if model.step(done) else _refusal()

    return HTTP.Client(transport=HTTP.MockTransport(answer))


def client(model: Model, wire: Wire = USUAL) -> openai.AsyncOpenAI:
    """Return a client of the SDK."""
    return openai.AsyncOpenAI(api_key="test", base_url=URL, max_retries=0, http_client=ahttp(model, wire))


def _refusal() -> Any:
    return HTTP.Response(500, json={"error": {"message": "no", "type": "server_error"}})


def _answer(asked: Any, message: dict[str, Any]) -> Any:
    reason = "tool_calls" if "tool_calls" in message else "stop"
    if asked.get("stream"):
        body = "".join(f"data: {json.dumps(each)}\n\n" for each in _chunks(asked, message, reason))
        told = {"content-type": "text/event-stream"}
        return HTTP.Response(200, content=f"{body}data: [DONE]\n\n".encode(), headers=told)
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    whole = {**_SAID, "object": "chat.completion", "choices": [choice], "usage": _USAGE}
    return HTTP.Response(200, json=whole)


def _chunks(asked: Any, message: dict[str, Any], reason: str) -> list[dict[str, Any]]:
    said = {**_SAID, "object": "chat.completion.chunk"}
    parts = [{"index": i, **each} for i, each in enumerate(message.get("tool_calls", ()))]
    delta = {**message, "tool_calls": parts} if parts else message
    chunks = [
        {**said, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**said, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
    ]
    if (asked.get("stream_options") or {}).get("include_usage"):
        chunks.append({**said, "choices": [], "usage": _USAGE})
    return chunks
