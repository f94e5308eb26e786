# SPDX-License-Identifier: Apache-2.0
"""Odd answers, chosen by a model named `odd:<name>`: each was seen from a real provider or gateway."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from spanwright.console.provider import azure
from spanwright.console.provider.errors import error_answer, error_body
from spanwright.console.provider.prompt import Offer
from spanwright.console.provider.request import DONE, Answer, frame, streamed_answer, whole_answer
from spanwright.console.provider.shape import Json, mapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider.prompt import Prompt
    from spanwright.console.provider.request import Request

UNKNOWN_PART: Json = {"type": "hologram", "hologram": {"depth": 3, "frames": ["a", "b"]}}
_CITY: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_STAND_INS = [
    Offer("get_weather", "The weather in a city.", _CITY),
    Offer("get_time", "The time in a city.", _CITY),
]


def oddity(model: str) -> str:
    """The name of the odd answer that this model gives; empty for every other model."""
    return model.removeprefix("odd:") if model.startswith("odd:") else ""


def refuse(request: Request) -> Answer | None:
    """The whole odd answer, where it does not depend on what the model says."""
    name = oddity(request.model)
    if name == "azure-content-filter-400":
        return azure.blocked_prompt()
    if request.fields.get("stream") is True:
        frames = {"empty-body": [], "not-json": [frame("{not json")], "only-done": [DONE]}.get(name)
        return None if frames is None else streamed_answer(frames)
    if name == "mid-stream-error":
        return error_answer(500, azure=request.azure)
    body = {"empty-body": b"", "not-json": b"{not json", "html": b"<html>Bad gateway</html>"}.get(name)
    kind = "text/html; charset=utf-8" if name == "html" else "application/json"
    return None if body is None else Answer(body, kind=kind)


def bend_prompt(prompt: Prompt) -> Prompt:
    """Makes sure that two tools are called where the oddity is in the calls."""
    if oddity(prompt.model).startswith("tool-"):
        prompt.offers = (prompt.offers + _STAND_INS)[:2]
        prompt.choice = "all"
        prompt.parallel = True
    return prompt


def bend_body(request: Request, body: Json) -> Answer:
    """A completion, with the oddity that the model stands for."""
    bend = _BODIES.get(oddity(request.model))
    if bend:
        bend(body)
    answer = whole_answer(body)
    if oddity(request.model) == "mid-stream-cut":
        answer.cut_after = 0
    return answer


def bend_chunks(request: Request, chunks: list[Json]) -> Answer:
    """A stream, with the oddity that the model stands for."""
    name = oddity(request.model)
    if name in _CHUNKS:
        chunks = _CHUNKS[name](chunks)
    frames = [*map(frame, chunks), DONE]
    if name == "mid-stream-error":
        told = error_body("The server had an error while processing your request.", "server_error")
        frames = [*frames[:3], frame(told, "error")]
    answer = streamed_answer(frames)
    if name == "mid-stream-cut":
        answer.cut_after = 3
    return answer


def _set_choices(value: object) -> Callable[[Json], None]:
    def bend(body: Json) -> None:
        body["choices"] = copy.deepcopy(value)

    return bend


def _drop_usage(body: Json) -> None:
    body.pop("usage", None)


def _null_details(body: Json) -> None:
    usage = mapping(body.get("usage"))
    usage.update(dict.fromkeys(key for key in usage if key.endswith("_details")))


def _no_finish(body: Json) -> None:
    for choice in body["choices"]:
        choice["finish_reason"] = None


def _filtered(body: Json) -> None:
    for choice in body["choices"]:
        choice["finish_reason"] = "content_filter"
        if "message" in choice:
            choice["message"]["content"] = None


def _unknown_part(body: Json) -> None:
    for choice in body["choices"]:
        told = choice["message"]
        told["content"] = [{"type": "text", "text": told["content"]}, UNKNOWN_PART]
        told["mood"] = {"certainty": 0.5}


def _null_arguments(body: Json) -> None:
    for call in body["choices"][0]["message"].get("tool_calls", []):
        call["function"]["arguments"] = None


_BODIES: dict[str, Callable[[Json], None]] = {
    "choices-null": _set_choices(None),
    "choices-empty": _set_choices([]),
    "no-usage": _drop_usage,
    "usage-null-details": _null_details,
    "no-finish": _no_finish,
    "content-filter": _filtered,
    "unknown-part": _unknown_part,
    "tool-delta-null-arguments": _null_arguments,
}


def _first_without(value: object) -> Callable[[list[Json]], list[Json]]:
    def bend(chunks: list[Json]) -> list[Json]:
        return [{**chunks[0], "choices": value}, *chunks]

    return bend


def _each_call(change: Callable[[Json], object]) -> Callable[[list[Json]], list[Json]]:
    def bend(chunks: list[Json]) -> list[Json]:
        for chunk in chunks:
            for choice in chunk["choices"]:
                for call in choice["delta"].get("tool_calls", []):
                    change(call)
        return chunks

    return bend


def _null_first(call: Json) -> None:
    if call.get("id"):
        call["function"]["arguments"] = None


def _cumulative(chunks: list[Json]) -> list[Json]:
    told = [chunk for chunk in chunks if chunk["choices"]]
    prompt = next((chunk["usage"]["prompt_tokens"] for chunk in chunks if chunk.get("usage")), 10)
    for at, chunk in enumerate(told):
        chunk["usage"] = {"prompt_tokens": prompt, "completion_tokens": at, "total_tokens": prompt + at}
    return told


def _without_finish(chunks: list[Json]) -> list[Json]:
    return [chunk for chunk in chunks if not any(choice["finish_reason"] for choice in chunk["choices"])]


def _filtered_chunks(chunks: list[Json]) -> list[Json]:
    for chunk in chunks:
        for choice in chunk["choices"]:
            choice["finish_reason"] = choice["finish_reason"] and "content_filter"
    return chunks


def _unknown_delta(chunks: list[Json]) -> list[Json]:
    for chunk in chunks[1:3]:
        for choice in chunk["choices"]:
            choice["delta"] |= {"mood": UNKNOWN_PART, "content_parts": [UNKNOWN_PART]}
    return chunks


def _late_model(chunks: list[Json]) -> list[Json]:
    chunks[0] |= {"model": "", "id": ""}
    return chunks


def _null_details_chunks(chunks: list[Json]) -> list[Json]:
    for chunk in chunks:
        _null_details(chunk)
    return chunks


_CHUNKS: dict[str, Callable[[list[Json]], list[Json]]] = {
    "choices-null": _first_without(None),
    "choices-empty": _first_without([]),
    "no-usage": lambda chunks: [
        {key: value for key, value in chunk.items() if key != "usage"} for chunk in chunks if chunk["choices"]
    ],
    "usage-null-details": _null_details_chunks,
    "tool-delta-no-index": _each_call(lambda call: call.pop("index")),
    "tool-delta-null-arguments": _each_call(_null_first),
    "tool-delta-same-index-two-ids": _each_call(lambda call: call.update(index=0)),
    "cumulative-usage": _cumulative,
    "no-finish": _without_finish,
    "content-filter": _filtered_chunks,
    "unknown-part": _unknown_delta,
    "model-only-in-second-chunk": _late_model,
}
