# SPDX-License-Identifier: Apache-2.0
"""Fireworks' API: usage in a stream's last chunk in any case, and what it measured where that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire, chat, completions
from spanwright.console.provider.errors import error_answer
from wires.alike import bent, ended, without
from wires.anthropic import messages

if TYPE_CHECKING:
    from spanwright.console.provider import Request
    from spanwright.console.provider.request import Answer

_NOT_ITS = (
    *("refusal", "annotations", "obfuscation", "service_tier", "system_fingerprint"),
    *("audio_tokens", "completion_tokens_details"),
)
MEASURED = {"prompt-tokens": "12", "server-time-to-first-token": "0.03"}


def whole(body: dict[str, Any]) -> dict[str, Any]:
    return {**without(body, *_NOT_ITS), "perf_metrics": MEASURED}


def chunks(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told, usage = ended(without(told, *_NOT_ITS))
    told = [without(each, "usage") for each in told]
    told[-1].update(
        usage=usage or {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19},
        perf_metrics=MEASURED,
    )
    return told


def refuse(request: Request, status: int) -> Answer:
    given = error_answer(status, model=request.model)
    given.body = given.body.replace(b'"error": {', b'"error": {"object": "error", ', 1)
    return given


WIRE = Wire(
    routes=[
        ("POST", f"(/inference)?/v1{path}", bent(endpoint, f"/v1{path}", whole, chunks, events=False))
        for path, endpoint in (("/chat/completions", chat.complete), ("/completions", completions.complete))
    ]
    + [("POST", "(/inference)?/v1/messages", messages)],
    refuse=refuse,
)
