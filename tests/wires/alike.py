# SPDX-License-Identifier: Apache-2.0
"""Wires that are OpenAI's with other members: the reference answer, bent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spanwright.console.provider.embeddings import closeness
from spanwright.console.provider.request import Answer, frame, whole_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.wire import Endpoint

Json = dict[str, Any]


def bent(
    endpoint: Endpoint,
    path: str,
    whole: Callable[[Json], Json] = lambda body: body,
    chunks: Callable[[list[Json]], list[Json]] = lambda chunks: chunks,
    *,
    events: bool = True,
) -> Endpoint:
    """Return an endpoint of the reference provider that answers in another form; what is no JSON stays as it is.

    Without `events` an error in a stream is a chunk like others, not an event that is named so.
    """

    def answer(request: Request, reply: Reply, state: State) -> Answer:
        given = endpoint(replace(request, path=path), reply, state)
        if given.frames is not None:
            frames = list(given.frames)
            if not events:
                frames = [each.removeprefix(b"event: error\n") for each in frames]
            given.frames = _frames(frames, chunks)
            return given
        try:
            body = json.loads(given.body)
        except ValueError:
            return given
        if isinstance(body, dict) and "error" not in body:
            given.body = whole_answer(whole(body)).body
        return given

    return answer


def _frames(frames: list[bytes], chunks: Callable[[list[Json]], list[Json]]) -> list[bytes]:
    """Bend the chunks, and leave the frames as they are that are none: an error, an end, no JSON."""
    told: list[Json] = []
    rest: list[bytes] = []
    for each in frames:
        text = each.decode().strip()
        if text.startswith('data: {"') and text.endswith("}") and not text.startswith('data: {"error"'):
            told.append(json.loads(text[6:]))
        else:
            rest.append(each)
    return [*(frame(each) for each in chunks(told)), *rest] if told else rest


def without(value: Any, *names: str) -> Any:
    """Return an object without some of its members, at any depth."""
    if isinstance(value, dict):
        return {key: without(member, *names) for key, member in value.items() if key not in names}
    return [without(each, *names) for each in value] if isinstance(value, list) else value


def renamed(value: Any, old: str, new: str) -> Any:
    """Return an object in which a member has another name, at any depth."""
    if isinstance(value, dict):
        return {(new if key == old else key): renamed(member, old, new) for key, member in value.items()}
    return [renamed(each, old, new) for each in value] if isinstance(value, list) else value


def ended(chunks: list[Json], usage: str = "usage") -> tuple[list[Json], Json | None]:
    """Return the chunks that have choices, and the usage that came in a chunk of its own."""
    own = next((each[usage] for each in chunks if each.get(usage)), None)
    return [each for each in chunks if each.get("choices") != [] or not each.get(usage)], own


def ranked(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the results of a reranking, the closest document first."""
    given = [each if isinstance(each, str) else each["text"] for each in body["documents"]]
    scores = sorted(((closeness(body["query"], text), -at) for at, text in enumerate(given)), reverse=True)
    return [
        {"index": -at, "relevance_score": round(score, 4), "document": {"text": given[-at]}}
        for score, at in scores[: body.get("top_n") or len(given)]
    ]
