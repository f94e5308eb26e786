# SPDX-License-Identifier: Apache-2.0
"""Ollama's SDK."""

from __future__ import annotations

from typing import Any

import httpx
import ollama

from clients import Case
from clients.memory import LINES, answering, lines, words
from spanwright.instrumentors.ollama import OllamaInstrumentor

INSTRUMENTOR = OllamaInstrumentor
DISTRIBUTIONS = ("ollama",)
_SAID = {"model": "llama3.2", "created_at": "2026-01-01T00:00:00Z"}
_END = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 9,
    "load_duration": 1,
    "prompt_eval_count": 9,
    "prompt_eval_duration": 1,
    "eval_count": 3,
    "eval_duration": 1,
}
_ANSWER = {**_SAID, "message": {"role": "assistant", "content": "Hello to you."}, **_END}
_STREAM = lines(
    [
        *(
            {**_SAID, "message": {"role": "assistant", "content": word}, "done": False}
            for word in words()[1:]
        ),
        {**_SAID, "message": {"role": "assistant", "content": ""}, **_END},
    ]
)


def cases() -> list[Case]:
    """Return the calls."""
    sent: dict[str, Any] = {
        "model": "llama3.2",
        "messages": [{"role": "user", "content": "word " * 20}],
        "options": {"temperature": 0.5},
    }
    transport = answering(httpx, _ANSWER, _STREAM, LINES)
    plain = ollama.Client(host="http://127.0.0.1:9", transport=transport)
    parallel = ollama.AsyncClient(host="http://127.0.0.1:9", transport=transport)
    return [
        Case(
            "chat",
            lambda: plain.chat(**sent),
            lambda: parallel.chat(**sent),
            lambda: plain.chat(**sent, stream=True),
            lambda: parallel.chat(**sent, stream=True),
        )
    ]
