# SPDX-License-Identifier: Apache-2.0
"""Google's Gen AI SDK."""

from __future__ import annotations

from typing import Any

import httpx2
from google import genai
from google.genai import types

from clients import Case
from clients.memory import answering, events, words
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor

INSTRUMENTOR = GoogleGenAIInstrumentor
DISTRIBUTIONS = ("google-genai",)
_SAID = {"modelVersion": "gemini-2.5-flash", "responseId": "r1"}
_USAGE = {"promptTokenCount": 9, "candidatesTokenCount": 3, "totalTokenCount": 12}


def _answer(text: str, **told: str) -> dict[str, Any]:
    candidate = {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}, **told}
    return {"candidates": [candidate], "usageMetadata": _USAGE, **_SAID}


_STREAM = events([*(_answer(word) for word in words()[1:]), _answer("", finishReason="STOP")])


def cases() -> list[Case]:
    """Return the calls."""
    transport = answering(
        httpx2,
        _answer("Hello to you.", finishReason="STOP"),
        _STREAM,
        asks=lambda each: "stream" in each.url.path,
    )
    client = genai.Client(
        api_key="test",
        http_options=types.HttpOptions(
            base_url="http://127.0.0.1:9",
            httpx_client=httpx2.Client(transport=transport),
            httpx_async_client=httpx2.AsyncClient(transport=transport),
        ),
    )
    sent: dict[str, Any] = {
        "model": "gemini-2.5-flash",
        "contents": "word " * 20,
        "config": types.GenerateContentConfig(temperature=0.5),
    }
    plain, parallel = client.models, client.aio.models
    return [
        Case(
            "generate_content",
            lambda: plain.generate_content(**sent),
            lambda: parallel.generate_content(**sent),
            lambda: plain.generate_content_stream(**sent),
            lambda: parallel.generate_content_stream(**sent),
        )
    ]
