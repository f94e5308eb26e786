# SPDX-License-Identifier: Apache-2.0
"""Groq's API: usage with times, and in a stream's last chunk under `x_groq`; reasoning is `reasoning`."""

from __future__ import annotations

from typing import Any

from spanwright.console.provider import Wire, audio, chat, embeddings
from spanwright.console.provider.errors import error_answer
from wires.alike import bent, renamed, without

TIMES = {"queue_time": 0.018, "prompt_time": 0.002, "completion_time": 0.022, "total_time": 0.024}
_NOT_ITS = ("refusal", "annotations", "obfuscation", "audio_tokens")


def whole(body: dict[str, Any]) -> dict[str, Any]:
    told = renamed(without(body, *_NOT_ITS), "reasoning_content", "reasoning")
    if told.get("usage"):
        told["usage"] = {**TIMES, **told["usage"]}
    return {
        **told,
        "service_tier": "on_demand",
        "usage_breakdown": None,
        "x_groq": {"id": "req_01test", "seed": 7},
    }


def chunks(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told = renamed(without(told, *_NOT_ITS, "service_tier"), "reasoning_content", "reasoning")
    told[0]["x_groq"] = {"id": "req_01test", "seed": 7}
    # Told in any case, and once more where the caller asks as OpenAI's callers do.
    usage = next((each["usage"] for each in told if each.get("usage")), None)
    if usage is None and told[-1].get("choices"):
        usage = {"prompt_tokens": 12, "completion_tokens": 26, "total_tokens": 38}
    if usage is not None:
        told[-1]["x_groq"] = {"id": "req_01test", "usage": {**TIMES, **usage}}
    return told


_V1 = "/openai/v1"
WIRE = Wire(
    routes=[
        ("POST", f"{_V1}/chat/completions", bent(chat.complete, "/v1/chat/completions", whole, chunks)),
        ("POST", f"{_V1}/embeddings", bent(embeddings.embed, "/v1/embeddings")),
        ("POST", f"{_V1}/audio/speech", bent(audio.speech, "/v1/audio/speech")),
        ("POST", f"{_V1}/audio/transcriptions", bent(audio.transcribe, "/v1/audio/transcriptions")),
    ],
    refuse=lambda request, status: error_answer(status, model=request.model),
)
