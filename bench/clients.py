# SPDX-License-Identifier: Apache-2.0
"""Real SDK clients on a transport in memory, so that what is measured is neither a socket nor a server."""

from __future__ import annotations

import json

import httpx2
import openai

ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello to you."}}
    ],
    "usage": {
        "prompt_tokens": 9,
        "completion_tokens": 3,
        "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
    "service_tier": "default",
    "system_fingerprint": "fp_1",
}
_BODY = json.dumps(ANSWER).encode()
CHUNKS = 1000


def _chunk(**choice: object) -> str:
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "finish_reason": None, "delta": {}, **choice}],
    }
    return f"data: {json.dumps(chunk)}\n\n"


_STREAM = (
    _chunk(delta={"role": "assistant", "content": ""})
    + "".join(_chunk(delta={"content": f"word{i} "}) for i in range(CHUNKS - 2))
    + _chunk(finish_reason="stop")
    + "data: [DONE]\n\n"
).encode()


def _answer(request: httpx2.Request) -> httpx2.Response:
    if b'"stream":true' in request.content.replace(b" ", b""):
        return httpx2.Response(200, content=_STREAM, headers={"content-type": "text/event-stream"})
    return httpx2.Response(200, content=_BODY, headers={"content-type": "application/json"})


def client() -> openai.OpenAI:
    """Return a synchronous client."""
    http = httpx2.Client(transport=httpx2.MockTransport(_answer))
    return openai.OpenAI(api_key="test", base_url="http://127.0.0.1:9/v1", http_client=http, max_retries=0)


def async_client() -> openai.AsyncOpenAI:
    """Return an asynchronous client."""
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(_answer))
    return openai.AsyncOpenAI(
        api_key="test", base_url="http://127.0.0.1:9/v1", http_client=http, max_retries=0
    )


def messages(size: int) -> list[dict[str, str]]:
    """Return a conversation with about `size` characters of prompt."""
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "word " * (size // 5)}]
