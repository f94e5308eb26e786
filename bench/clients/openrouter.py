# SPDX-License-Identifier: Apache-2.0
"""OpenRouter's SDK."""

from __future__ import annotations

from typing import Any

import httpx
from openrouter import OpenRouter

from clients import Case
from clients.chat import messages, transport
from spanwright.instrumentors.openrouter import OpenRouterInstrumentor

INSTRUMENTOR = OpenRouterInstrumentor
DISTRIBUTIONS = ("openrouter",)


def cases() -> list[Case]:
    """Return the calls."""
    sent: dict[str, Any] = {"model": "openai/gpt-4o-mini", "messages": messages(), "temperature": 0.5}
    chat = OpenRouter(
        api_key="test",
        server_url="http://127.0.0.1:9/api/v1",
        client=httpx.Client(transport=transport(httpx)),
        async_client=httpx.AsyncClient(transport=transport(httpx)),
    ).chat
    return [
        Case(
            "chat",
            lambda: chat.send(**sent),
            lambda: chat.send_async(**sent),
            lambda: chat.send(**sent, stream=True),
            lambda: chat.send_async(**sent, stream=True),
        )
    ]
