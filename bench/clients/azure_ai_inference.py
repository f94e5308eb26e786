# SPDX-License-Identifier: Apache-2.0
"""Azure's inference SDK."""

from __future__ import annotations

import io
import json
from typing import Any

import requests
from azure.ai.inference import ChatCompletionsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from clients import Case
from clients.chat import ANSWER, STREAM, messages
from clients.memory import EVENTS
from spanwright.instrumentors.azure_ai_inference import AzureAIInferenceInstrumentor

INSTRUMENTOR = AzureAIInferenceInstrumentor
DISTRIBUTIONS = ("azure-ai-inference",)
_BODY = json.dumps(ANSWER).encode()


class Memory(BaseAdapter):
    """Answers without a server."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Answer."""
        sent = request.body or b""
        streamed = b'"stream": true' in (sent if isinstance(sent, bytes) else str(sent).encode())
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, str(request.url)
        answer.headers["content-type"] = EVENTS if streamed else "application/json"
        answer.raw = HTTPResponse(io.BytesIO(STREAM if streamed else _BODY), preload_content=False)
        return answer

    def close(self) -> None:
        """Do nothing."""


def cases() -> list[Case]:
    """Return the calls; the asynchronous half sends with aiohttp, which has no such transport."""
    session = requests.Session()
    session.mount("http://", Memory())
    client = ChatCompletionsClient(
        "http://127.0.0.1:9/models",
        AzureKeyCredential("test"),
        transport=RequestsTransport(session=session, session_owner=False),
        enforce_https=False,
        retry_total=0,
    )
    sent: dict[str, Any] = {"messages": messages(), "model": "gpt-4o-mini", "temperature": 0.5}
    return [
        Case("complete", lambda: client.complete(**sent), stream=lambda: client.complete(**sent, stream=True))
    ]
