# SPDX-License-Identifier: Apache-2.0
"""DashScope's SDK."""

from __future__ import annotations

import io
import json
from typing import Any

import dashscope
import requests
from requests.adapters import BaseAdapter

from clients import Case
from clients.chat import messages
from clients.memory import EVENTS, words
from spanwright.instrumentors.dashscope import DashScopeInstrumentor

INSTRUMENTOR = DashScopeInstrumentor
DISTRIBUTIONS = ("dashscope",)


def _answer(text: str, reason: str) -> dict[str, Any]:
    choice = {"finish_reason": reason, "message": {"role": "assistant", "content": text}}
    usage = {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12}
    return {"output": {"choices": [choice]}, "usage": usage, "request_id": "r1"}


_ANSWER = json.dumps(_answer("Hello to you.", "stop")).encode()
_STREAM = "".join(
    f"id:{i}\nevent:result\n:HTTP_STATUS/200\ndata:{json.dumps(_answer(word, 'null'))}\n\n"
    for i, word in enumerate(words())
).encode()


class Memory(BaseAdapter):
    """Answers without a server."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Answer."""
        streamed = EVENTS in request.headers.get("accept", "")
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, str(request.url)
        answer.headers["content-type"] = EVENTS if streamed else "application/json"
        answer.raw = io.BytesIO(_STREAM if streamed else _ANSWER)
        return answer

    def close(self) -> None:
        """Do nothing."""


def cases() -> list[Case]:
    """Return the calls; the asynchronous half sends with aiohttp, which has no such transport."""
    dashscope.base_http_api_url = "http://127.0.0.1:9/api/v1"
    session = requests.Session()
    session.mount("http://", Memory())
    sent: dict[str, Any] = {
        "model": "qwen-plus",
        "messages": messages(),
        "temperature": 0.5,
        "result_format": "message",
        "api_key": "test",
        "session": session,
    }
    call = dashscope.Generation.call
    streamed = {**sent, "stream": True, "incremental_output": True}
    return [Case("generation", lambda: call(**sent), stream=lambda: call(**streamed))]
