# SPDX-License-Identifier: Apache-2.0
"""Replicate's SDK: a prediction that is made at once, and the stream of one."""

from __future__ import annotations

from typing import Any

import httpx
import replicate

from clients import Case
from clients.memory import EVENTS, words
from spanwright.instrumentors.replicate import ReplicateInstrumentor

INSTRUMENTOR = ReplicateInstrumentor
DISTRIBUTIONS = ("replicate",)
_AT = "http://127.0.0.1:9"
_PREDICTION = {
    "id": "p1",
    "model": "meta/meta-llama-3-8b-instruct",
    "version": "v1",
    "status": "succeeded",
    "input": {"prompt": "word " * 20},
    "output": ["Hello ", "to ", "you."],
    "logs": "",
    "error": None,
    "metrics": {"predict_time": 1.0, "input_token_count": 9, "output_token_count": 3},
    "created_at": "2026-01-01T00:00:00Z",
    "urls": {"get": f"{_AT}/v1/predictions/p1", "stream": f"{_AT}/stream/p1", "cancel": f"{_AT}/v1/cancel"},
}
_STREAM = "".join(
    [
        *(f"event: output\nid: {i}\ndata: {word}\n\n" for i, word in enumerate(words()[1:])),
        "event: done\ndata: {}\n\n",
    ]
).encode()


def _answered(request: httpx.Request) -> httpx.Response:
    if request.url.path.startswith("/stream"):
        return httpx.Response(200, content=_STREAM, headers={"content-type": EVENTS})
    return httpx.Response(200, json=_PREDICTION)


def cases() -> list[Case]:
    """Return the calls."""
    client = replicate.Client(api_token="test", base_url=_AT, transport=httpx.MockTransport(_answered))
    sent: dict[str, Any] = {"input": {"prompt": "word " * 20, "temperature": 0.5}}
    model = "meta/meta-llama-3-8b-instruct"

    return [
        Case(
            "run",
            lambda: client.run(model, **sent),
            lambda: client.async_run(model, **sent),
            lambda: client.stream(model, **sent),
            lambda: client.async_stream(model, **sent),
        )
    ]
