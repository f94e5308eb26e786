# SPDX-License-Identifier: Apache-2.0
"""Instructor over the SDK of OpenAI: one extraction, which is checked by pydantic."""

from __future__ import annotations

import json
from typing import Any

import instructor
import openai
from pydantic import BaseModel

from clients import Case
from clients.chat import ANSWER, messages
from clients.memory import answering
from spanwright.instrumentors.instructor import InstructorInstrumentor

INSTRUMENTOR = InstructorInstrumentor
DISTRIBUTIONS = ("instructor",)
_HTTP: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx


class Room(BaseModel):
    """What is asked for."""

    name: str
    degrees: int


_FUNCTION = {"name": "Room", "arguments": json.dumps({"name": "hall", "degrees": 21})}
_CALL = {"id": "call_1", "type": "function", "function": _FUNCTION}
_MESSAGE = {"role": "assistant", "content": None, "tool_calls": [_CALL]}
_ANSWER = {**ANSWER, "choices": [{"index": 0, "finish_reason": "tool_calls", "message": _MESSAGE}]}


def cases() -> list[Case]:
    """Return the calls; what is streamed of an extraction is read whole here, and no different by chunk."""
    told: dict[str, Any] = {"api_key": "test", "base_url": "http://127.0.0.1:9/v1", "max_retries": 0}
    transport = answering(_HTTP, _ANSWER)
    plain = instructor.from_openai(openai.OpenAI(http_client=_HTTP.Client(transport=transport), **told))
    parallel = instructor.from_openai(
        openai.AsyncOpenAI(http_client=_HTTP.AsyncClient(transport=transport), **told)
    )
    sent: dict[str, Any] = {
        "model": "gpt-4o-mini",
        "messages": messages(),
        "response_model": Room,
        "temperature": 0.5,
    }
    return [
        Case(
            "create",
            lambda: plain.chat.completions.create(**sent),
            lambda: parallel.chat.completions.create(**sent),
        )
    ]
