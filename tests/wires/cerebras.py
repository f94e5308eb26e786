# SPDX-License-Identifier: Apache-2.0
"""Cerebras' API: times beside the usage, both in a stream's last chunk in any case; errors are not wrapped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire, chat, completions
from spanwright.console.provider.errors import error_answer
from spanwright.console.provider.request import Answer, whole_answer
from wires.alike import bent, ended, renamed, without

if TYPE_CHECKING:
    from spanwright.console.provider import Request

TIMES = {
    "queue_time": 0.0001,
    "prompt_time": 0.001,
    "completion_time": 0.01,
    "total_time": 0.02,
    "created": 1.5,
}
_NOT_ITS = ("refusal", "annotations", "obfuscation", "audio_tokens")


def whole(body: dict[str, Any]) -> dict[str, Any]:
    return {**renamed(without(body, *_NOT_ITS), "reasoning_content", "reasoning"), "time_info": TIMES}


def chunks(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told, usage = ended(renamed(without(told, *_NOT_ITS), "reasoning_content", "reasoning"))
    told = [without(each, "usage") for each in told]
    told[-1].update(
        usage=usage or {"prompt_tokens": 14, "completion_tokens": 9, "total_tokens": 23}, time_info=TIMES
    )
    return told


def refuse(request: Request, status: int) -> Answer:
    given = error_answer(status, model=request.model)
    return whole_answer(json.loads(given.body)["error"], status, given.headers)


WIRE = Wire(
    routes=[
        ("POST", "/v1/chat/completions", bent(chat.complete, "/v1/chat/completions", whole, chunks)),
        ("POST", "/v1/completions", bent(completions.complete, "/v1/completions", whole, chunks)),
    ],
    refuse=refuse,
)
