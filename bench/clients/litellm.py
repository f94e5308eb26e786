# SPDX-License-Identifier: Apache-2.0
"""LiteLLM, which asks by the SDK of OpenAI."""

from __future__ import annotations

import os
from typing import Any

# Its import would ask GitHub for prices otherwise.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
import openai

from clients import Case
from clients.chat import messages, transport
from spanwright.instrumentors.litellm import LiteLLMInstrumentor

INSTRUMENTOR = LiteLLMInstrumentor
DISTRIBUTIONS = ("litellm",)
_HTTP: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx


def cases() -> list[Case]:
    """Return the calls."""
    # Work in threads that goes on after a call is measured with the next one.
    litellm.disable_streaming_logging = True
    told: dict[str, Any] = {"api_key": "test", "base_url": "http://127.0.0.1:9/v1", "max_retries": 0}
    plain = openai.OpenAI(http_client=_HTTP.Client(transport=transport(_HTTP)), **told)
    parallel = openai.AsyncOpenAI(http_client=_HTTP.AsyncClient(transport=transport(_HTTP)), **told)
    sent: dict[str, Any] = {"model": "openai/gpt-4o-mini", "messages": messages(), "temperature": 0.5}
    return [
        Case(
            "completion",
            lambda: litellm.completion(**sent, client=plain),
            lambda: litellm.acompletion(**sent, client=parallel),
            lambda: litellm.completion(**sent, client=plain, stream=True),
            lambda: litellm.acompletion(**sent, client=parallel, stream=True),
        )
    ]
