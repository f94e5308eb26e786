# SPDX-License-Identifier: Apache-2.0
"""Mistral's SDK."""

from __future__ import annotations

from typing import Any

import httpx2
from mistralai.client import Mistral

from clients import Case
from clients.chat import messages, transport
from spanwright.instrumentors.mistralai import MistralInstrumentor

INSTRUMENTOR = MistralInstrumentor
DISTRIBUTIONS = ("mistralai",)


def cases() -> list[Case]:
    """Return the calls."""
    sent: dict[str, Any] = {"model": "mistral-small-latest", "messages": messages(), "temperature": 0.5}
    # The SDK's parser takes minutes for a stream of this length in one piece: at each event it looks at all that is left.
    chat = Mistral(
        api_key="test",
        server_url="http://127.0.0.1:9",
        client=httpx2.Client(transport=transport(httpx2, apart=True)),
        async_client=httpx2.AsyncClient(transport=transport(httpx2, apart=True)),
    ).chat
    return [
        Case(
            "chat",
            lambda: chat.complete(**sent),
            lambda: chat.complete_async(**sent),
            lambda: chat.stream(**sent),
            lambda: chat.stream_async(**sent),
        )
    ]
