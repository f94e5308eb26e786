# SPDX-License-Identifier: Apache-2.0
"""What Azure adds to the provider's answers: the results of its content filter, and its own headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider.request import whole_answer
from spanwright.console.provider.shape import Json, hexadecimal

if TYPE_CHECKING:
    from spanwright.console.provider.request import Answer, Request

_HARMS = ("hate", "self_harm", "sexual", "violence")


def results(*, filtered: bool = False, prompt: bool = False) -> Json:
    """The results of the content filter for a prompt or a completion."""
    found: Json = {harm: {"filtered": False, "severity": "safe"} for harm in _HARMS}
    detectors = ["jailbreak"] if prompt else ["protected_material_code", "protected_material_text"]
    found.update({each: {"detected": False, "filtered": False} for each in detectors})
    if filtered:
        found["violence"] = {"filtered": True, "severity": "medium"}
    return dict(sorted(found.items()))


def filter_body(body: Json) -> Json:
    """A completion with filter results for the prompt and for each choice."""
    for choice in body["choices"]:
        choice["content_filter_results"] = results(filtered=choice["finish_reason"] == "content_filter")
    return {
        **body,
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": results(prompt=True)}],
    }


def filter_chunks(chunks: list[Json]) -> list[Json]:
    """A stream with filter results; it opens with a chunk that has no choice and only empty names."""
    told = [{"prompt_index": 0, "content_filter_results": results(prompt=True)}]
    first: Json = {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": told,
    }
    for chunk in chunks:
        for choice in chunk["choices"]:
            choice["content_filter_results"] = results() if choice["delta"].get("content") else {}
    return [first, *chunks]


def content_filters() -> list[Json]:
    """The results that a response carries, for the prompt and for the completion."""
    return [
        {
            "blocked": False,
            "content_filter_offsets": {"check_offset": 0, "end_offset": 100, "start_offset": 0},
            "content_filter_raw": [],
            "content_filter_results": results(prompt=source == "prompt"),
            "source_type": source,
        }
        for source in ("prompt", "completion")
    ]


def blocked_prompt() -> Answer:
    """The answer to a prompt that the filter did not let pass."""
    inner = {
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": results(filtered=True, prompt=True),
    }
    return whole_answer(
        {
            "error": {
                "message": "The prompt was blocked by the content management policy. Please change it.",
                "type": None,
                "param": "prompt",
                "code": "content_filter",
                "status": 400,
                "innererror": inner,
            }
        },
        400,
    )


def headers(request: Request, seed: str, served: str) -> dict[str, str]:
    """The headers of an answer from Azure."""
    told = {
        "apim-request-id": _dashed(seed, "apim"),
        "x-content-type-options": "nosniff",
        "x-ms-rai-invoked": "true",
        "x-ms-region": "East US 2",
        "x-ratelimit-limit-requests": "2500",
        "x-ratelimit-limit-tokens": "250000",
        "x-ratelimit-remaining-requests": "2499",
        "x-ratelimit-remaining-tokens": "249990",
        "x-request-id": _dashed(seed, "request"),
    }
    if request.deployment:
        told |= {"x-ms-deployment-name": request.deployment, "x-ms-served-model": served}
    return told


def _dashed(*seed: str) -> str:
    digits = hexadecimal("", *seed)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
