# SPDX-License-Identifier: Apache-2.0
"""Portkey's gateway: OpenAI's API, and stored prompts that are completed with variables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spanwright.console.provider import Wire, chat
from spanwright.console.provider.errors import error_answer

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.request import Answer
    from spanwright.console.provider.state import State


def prompted(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /prompts/<id>/completions`: the prompt is the name, its variables are the question."""
    body = request.fields
    said = " ".join(str(each) for each in (body.get("variables") or {}).values())
    model = body.get("model") or "gpt-4o-mini"
    asked = {**body, "model": model, "messages": [{"role": "user", "content": said or "Hello there"}]}
    return chat.complete(replace(request, path="/v1/chat/completions", body=asked), reply, state)


WIRE = Wire(
    routes=[("POST", "/v1/prompts/[^/]+/completions", prompted)],
    refuse=lambda request, status: error_answer(status, model=request.model),
)
