# SPDX-License-Identifier: Apache-2.0
"""Anthropic's SDK."""

from __future__ import annotations

import anthropic
import httpx2

from clients import Case
from clients.memory import answering, events, words
from spanwright.instrumentors.anthropic import AnthropicInstrumentor

INSTRUMENTOR = AnthropicInstrumentor
DISTRIBUTIONS = ("anthropic",)
_USAGE = {
    "input_tokens": 9,
    "output_tokens": 3,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "service_tier": "standard",
}
_ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5-20251001",
    "content": [{"type": "text", "text": "Hello to you."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": _USAGE,
}
_STREAM = events(
    [
        {"type": "message_start", "message": {**_ANSWER, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
            for word in words()[5:]
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 3},
        },
        {"type": "message_stop"},
    ],
    named=True,
)


def cases() -> list[Case]:
    """Return the calls."""
    told = {"api_key": "test", "base_url": "http://127.0.0.1:9", "max_retries": 0}
    sent = {
        "model": "claude-haiku-4-5",
        "max_tokens": 100,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "word " * 20}],
    }
    transport = answering(httpx2, _ANSWER, _STREAM)
    plain = anthropic.Anthropic(http_client=httpx2.Client(transport=transport), **told).messages
    parallel = anthropic.AsyncAnthropic(http_client=httpx2.AsyncClient(transport=transport), **told).messages
    return [
        Case(
            "messages",
            lambda: plain.create(**sent),
            lambda: parallel.create(**sent),
            lambda: plain.create(**sent, stream=True),
            lambda: parallel.create(**sent, stream=True),
        )
    ]
