# SPDX-License-Identifier: Apache-2.0
"""IBM's watsonx.ai SDK."""

from __future__ import annotations

from typing import Any

import httpx
from ibm_watsonx_ai import APIClient, Credentials
from ibm_watsonx_ai.foundation_models import ModelInference

from clients import Case
from clients.chat import ANSWER, messages
from clients.memory import answering, events, words
from spanwright.instrumentors.ibm_watsonx_ai import WatsonxInstrumentor

INSTRUMENTOR = WatsonxInstrumentor
DISTRIBUTIONS = ("ibm-watsonx-ai",)
_MODEL = "ibm/granite-3-3-8b-instruct"
_SAID = {"id": "chat-1", "model_id": _MODEL, "model": _MODEL, "created": 1}


def _chunk(word: str, reason: str | None = None) -> dict[str, Any]:
    delta = {"role": "assistant", "content": word}
    return {**_SAID, "choices": [{"index": 0, "finish_reason": reason, "delta": delta}]}


_STREAM = events([*(_chunk(word) for word in words()[1:]), _chunk("", "stop")])


def cases() -> list[Case]:
    """Return the calls."""
    transport = answering(
        httpx, {**ANSWER, **_SAID}, _STREAM, asks=lambda each: each.url.path.endswith("stream")
    )
    client = APIClient(
        Credentials(url="https://us-south.ml.cloud.ibm.com", token="test"),
        httpx_client=httpx.Client(transport=transport),
        async_httpx_client=httpx.AsyncClient(transport=transport),
    )
    client.default_project_id = "test-project"
    model = ModelInference(model_id=_MODEL, api_client=client, validate=False, max_retries=0)
    sent: dict[str, Any] = {"messages": messages(), "params": {"temperature": 0.5}}
    return [
        Case(
            "chat",
            lambda: model.chat(**sent),
            lambda: model.achat(**sent),
            lambda: model.chat_stream(**sent),
            lambda: model.achat_stream(**sent),
        )
    ]
