# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's inference clients."""

from __future__ import annotations

from typing import Any

import httpx2
import huggingface_hub as hub

from clients import Case
from clients.chat import messages, transport
from spanwright.instrumentors.huggingface_hub import HuggingFaceHubInstrumentor

INSTRUMENTOR = HuggingFaceHubInstrumentor
DISTRIBUTIONS = ("huggingface_hub",)


def cases() -> list[Case]:
    """Return the calls."""
    hub.set_client_factory(lambda: httpx2.Client(transport=transport(httpx2)))
    hub.set_async_client_factory(lambda: httpx2.AsyncClient(transport=transport(httpx2)))
    sent: dict[str, Any] = {"messages": messages(), "temperature": 0.5}
    plain = hub.InferenceClient(model="http://127.0.0.1:9/v1", token="test")
    parallel = hub.AsyncInferenceClient(model="http://127.0.0.1:9/v1", token="test")
    return [
        Case(
            "chat_completion",
            lambda: plain.chat_completion(**sent),
            lambda: parallel.chat_completion(**sent),
            lambda: plain.chat_completion(**sent, stream=True),
            lambda: parallel.chat_completion(**sent, stream=True),
        )
    ]
