# SPDX-License-Identifier: Apache-2.0
"""OpenAI's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import openai

from clients.chat import stainless, transport
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from clients import Case

INSTRUMENTOR = OpenAIInstrumentor
DISTRIBUTIONS = ("openai",)
_OPTIONS = {"api_key": "test", "base_url": "http://127.0.0.1:9/v1", "max_retries": 0}


def cases() -> list[Case]:
    """Return the calls."""
    return stainless(httpx2, openai.OpenAI, openai.AsyncOpenAI, "chat.completions.create")


def client() -> openai.OpenAI:
    """Return a synchronous client."""
    return openai.OpenAI(http_client=httpx2.Client(transport=transport(httpx2)), **_OPTIONS)


def async_client() -> openai.AsyncOpenAI:
    """Return an asynchronous client."""
    return openai.AsyncOpenAI(http_client=httpx2.AsyncClient(transport=transport(httpx2)), **_OPTIONS)
