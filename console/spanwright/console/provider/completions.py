# SPDX-License-Identifier: Apache-2.0
"""Legacy completions: `POST /completions`, whole or streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider import odd
from spanwright.console.provider.errors import missing
from spanwright.console.provider.prompt import Line, Prompt
from spanwright.console.provider.request import DONE, frame, streamed_answer, whole_answer
from spanwright.console.provider.shape import Json, identity, mapping, sequence, true, whole
from spanwright.console.provider.tokens import count, words
from spanwright.console.provider.turn import take_turn

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Answer, Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.turn import Turn

DEFAULT_LIMIT = 16
"""Tokens of an answer when the request names no limit, as the provider has it."""


def complete(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a legacy completion: one prompt or several, as text or tokens."""
    body = request.fields
    if not request.model:
        return missing("model")
    if refused := odd.refuse(request):
        return refused
    seed = state.seed(request)
    limited = {"max_tokens": DEFAULT_LIMIT, **body}
    turns: list[Turn] = []
    size = 0
    for text in _prompts(body.get("prompt")):
        turn = take_turn(Prompt(request.model, [Line("user", text)]), limited, reply, state, seed)
        if true(body.get("echo")):
            turn.text = text + (turn.text or "")
        turns += [turn] * max(1, whole(body.get("n"), 1))
        size += count(text)
    spoken = sum(turn.usage.completion for turn in turns)
    usage: Json = {"prompt_tokens": size, "completion_tokens": spoken, "total_tokens": size + spoken}
    head: Json = {
        "id": identity("cmpl-", seed, length=29),
        "object": "text_completion",
        "created": state.created,
        "model": reply.model or request.model,
    }
    told = mapping(reply.usage) if reply.usage is not None else usage
    if true(body.get("stream")):
        return _stream(head, turns, told, body)
    choices = [_choice(turn.text or "", at, turn.finish) for at, turn in enumerate(turns)]
    return whole_answer({**head, "choices": choices, "usage": told}, headers={"openai-model": head["model"]})


def _stream(head: Json, turns: list[Turn], usage: Json, body: Json) -> Answer:
    wanted = true(mapping(body.get("stream_options")).get("include_usage"))
    head = {**head, "usage": None} if wanted else head
    told: list[Json] = []
    for at, turn in enumerate(turns):
        told += [{**head, "choices": [_choice(word, at, None)]} for word in words(turn.text or "")]
        told.append({**head, "choices": [_choice("", at, turn.finish)]})
    if wanted:
        told.append({**head, "choices": [], "usage": usage})
    return streamed_answer([*map(frame, told), DONE])


def _choice(text: str, index: int, finish: str | None) -> Json:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish}


def _prompts(given: object) -> list[str]:
    """The prompts as texts; tokens are read as words."""
    items = sequence(given)
    if not items or isinstance(items[0], int):
        return [given if isinstance(given, str) else " ".join(map(str, items))]
    return [item if isinstance(item, str) else " ".join(map(str, sequence(item))) for item in items]
