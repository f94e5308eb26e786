# SPDX-License-Identifier: Apache-2.0
"""A model in memory that calls one tool after the other and answers in its tenth turn, and the two tools."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai

TURNS = 10
ASK = "How warm is it in the hall, and how late?"
_HTTP: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx
_CALLS = (("thermometer", '{"room": "hall"}'), ("clock", '{"place": "hall"}'))


def thermometer(room: str) -> str:
    """Tell the temperature of a room.

    Args:
        room: The room.
    """
    return f"21 degrees in the {room}"


def clock(place: str) -> str:
    """Tell the time of a place.

    Args:
        place: The place.
    """
    return f"noon in {place}"


def client(*, fails: bool = False, waits: asyncio.Event | None = None) -> openai.AsyncOpenAI:
    """Return a client whose model answers; or fails in its last turn, or waits there and sets `waits` when it does."""

    async def answer(request: Any) -> Any:
        done = sum(each.get("role") == "tool" for each in json.loads(request.content)["messages"])
        if done == TURNS - 1 and fails:
            return _HTTP.Response(500, json={"error": {"message": "no", "type": "server_error"}})
        if done == TURNS - 1 and waits is not None:
            waits.set()
            await asyncio.Event().wait()
        return _HTTP.Response(200, json=_completion(done))

    sender = _HTTP.AsyncClient(transport=_HTTP.MockTransport(answer))
    return openai.AsyncOpenAI(
        api_key="test", base_url="http://127.0.0.1:9/v1", max_retries=0, http_client=sender
    )


def _completion(done: int) -> dict[str, Any]:
    if done < TURNS - 1:
        name, arguments = _CALLS[done % 2]
        function = {"name": name, "arguments": arguments}
        calls = [{"id": f"call_{done}", "type": "function", "function": function}]
        message: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": calls}
    else:
        message = {"role": "assistant", "content": "It is 21 degrees, at noon."}
    reason = "tool_calls" if "tool_calls" in message else "stop"
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
    }
