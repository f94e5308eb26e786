# SPDX-License-Identifier: Apache-2.0
"""Odd answers of the responses endpoint, chosen by the same model names as those of chat completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider import odd
from spanwright.console.provider.request import Answer, frame, streamed_answer, whole_answer
from spanwright.console.provider.shape import Json, mapping, sequence

if TYPE_CHECKING:
    from spanwright.console.provider.request import Request

bend_prompt = odd.bend_prompt
refuse = odd.refuse

_UNKNOWN_ITEM: Json = {"id": "holo_1", "type": "hologram_call", "status": "completed", "depth": 3}
_ENDS: dict[str, Json] = {
    "choices-null": {"output": None},
    "choices-empty": {"output": []},
    "content-filter": {
        "status": "incomplete",
        "incomplete_details": {"reason": "content_filter"},
        "completed_at": None,
    },
    "incomplete": {
        "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"},
        "completed_at": None,
    },
    "failed": {
        "status": "failed",
        "error": {"code": "server_error", "message": "The model failed to answer."},
        "completed_at": None,
    },
}


def bend_response(request: Request, response: Json) -> None:
    """Changes the finished response, before it is stored or streamed."""
    name = odd.oddity(request.model)
    response.update(_ENDS.get(name, {}))
    if name == "no-usage":
        del response["usage"]
    elif name == "usage-null-details":
        usage = mapping(response["usage"])
        usage.update(dict.fromkeys(key for key in usage if key.endswith("_details")))
    elif name == "unknown-part":
        response["output"].insert(0, _UNKNOWN_ITEM)
        for item in sequence(response["output"]):
            if item["type"] == "message":
                item["content"].append(odd.UNKNOWN_PART)


def bend_body(request: Request, response: Json) -> Answer:
    """A whole response, with the oddity of the connection."""
    answer = whole_answer(response)
    if odd.oddity(request.model) == "mid-stream-cut":
        answer.cut_after = 0
    return answer


def bend_events(request: Request, events: list[Json]) -> Answer:
    """A streamed response, with the oddity of the stream."""
    name = odd.oddity(request.model)
    if name == "mid-stream-error":
        error: Json = {
            "type": "error",
            "code": "server_error",
            "message": "The server had an error.",
            "param": None,
        }
        events = [*events[:6], {**error, "sequence_number": 6}]
    elif name == "no-finish":
        events = events[:-1]
    answer = streamed_answer([frame(event, event["type"]) for event in events])
    if name == "mid-stream-cut":
        answer.cut_after = 5
    return answer
