# SPDX-License-Identifier: Apache-2.0
"""Voyage's SDK."""

from __future__ import annotations

import io
import json
from typing import Any

import requests
import voyageai
from requests.adapters import BaseAdapter

from clients import Case
from spanwright.instrumentors.voyageai import VoyageAIInstrumentor

INSTRUMENTOR = VoyageAIInstrumentor
DISTRIBUTIONS = ("voyageai",)
_ANSWER = json.dumps(
    {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.1] * 8}],
        "model": "voyage-3.5",
        "usage": {"total_tokens": 9},
    }
).encode()


class Memory(BaseAdapter):
    """Answers without a server."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Answer."""
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, str(request.url)
        answer.headers["content-type"] = "application/json"
        answer.raw = io.BytesIO(_ANSWER)
        return answer

    def close(self) -> None:
        """Do nothing."""


def cases() -> list[Case]:
    """Return the calls; the asynchronous client sends with aiohttp, which has no such transport."""
    session = requests.Session()
    session.mount("http://", Memory())
    voyageai.requestssession = session
    client = voyageai.Client(api_key="test", base_url="http://127.0.0.1:9/v1")
    return [Case("embed", lambda: client.embed(["word " * 20], model="voyage-3.5", input_type="document"))]
