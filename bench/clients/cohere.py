# SPDX-License-Identifier: Apache-2.0
"""Cohere's SDK."""

from __future__ import annotations

from typing import Any

import cohere
import httpx

from clients import Case
from clients.memory import answering, events, words
from spanwright.instrumentors.cohere import CohereInstrumentor

INSTRUMENTOR = CohereInstrumentor
DISTRIBUTIONS = ("cohere",)
_USAGE = {
    "billed_units": {"input_tokens": 4, "output_tokens": 3},
    "tokens": {"input_tokens": 9, "output_tokens": 3},
}
_ANSWER = {
    "id": "c1",
    "finish_reason": "COMPLETE",
    "message": {"role": "assistant", "content": [{"type": "text", "text": "Hello to you."}]},
    "usage": _USAGE,
}
_STREAM = events(
    [
        {"type": "message-start", "id": "c1", "delta": {"message": {"role": "assistant"}}},
        {
            "type": "content-start",
            "index": 0,
            "delta": {"message": {"content": {"type": "text", "text": ""}}},
        },
        *(
            {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": word}}}}
            for word in words()[4:]
        ),
        {"type": "content-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": _USAGE}},
    ]
)


def cases() -> list[Case]:
    """Return the calls."""
    told: dict[str, Any] = {"api_key": "test", "base_url": "http://127.0.0.1:9", "max_retries": 0}
    sent: dict[str, Any] = {
        "model": "command-a",
        "messages": [{"role": "user", "content": "word " * 20}],
        "temperature": 0.5,
    }
    transport = answering(httpx, _ANSWER, _STREAM)
    plain = cohere.ClientV2(httpx_client=httpx.Client(transport=transport), **told)
    parallel = cohere.AsyncClientV2(httpx_client=httpx.AsyncClient(transport=transport), **told)

    async def astream() -> Any:
        return parallel.chat_stream(**sent)

    return [
        Case(
            "chat",
            lambda: plain.chat(**sent),
            lambda: parallel.chat(**sent),
            lambda: plain.chat_stream(**sent),
            astream,
        )
    ]
