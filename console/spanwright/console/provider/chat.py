# SPDX-License-Identifier: Apache-2.0
"""Chat completions: `POST /chat/completions`, whole or streamed."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spanwright.console.provider import azure, chunks, odd
from spanwright.console.provider.errors import missing
from spanwright.console.provider.items import SOURCE
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.shape import Json, hexadecimal, identity, mapping, sequence, true, whole
from spanwright.console.provider.tokens import words
from spanwright.console.provider.turn import SNAPSHOTS, Turn, take_turn

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Answer, Request
    from spanwright.console.provider.state import State

AUDIO_TOKENS = 4
"""Tokens of each word that is spoken as audio."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a completion and each of its chunks begin with."""

    id: str
    created: int
    model: str
    service_tier: str
    system_fingerprint: str


def complete(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a chat completion."""
    body = request.fields
    if not request.model:
        return missing("model")
    if not sequence(body.get("messages")):
        return missing("messages")
    if refused := odd.refuse(request):
        return refused
    seed = state.seed(request)
    prompt = odd.bend_prompt(from_chat(body, request.model))
    turns = _turns(take_turn(prompt, body, reply, state, seed), body)
    model = reply.model or SNAPSHOTS.get(request.model, request.model)
    head = Head(
        identity("chatcmpl-", seed, length=29),
        state.created,
        model,
        _tier(body.get("service_tier")),
        hexadecimal("fp_", model, length=10),
    )
    told = mapping(reply.usage) if reply.usage is not None else turns[0].usage.chat()
    if true(body.get("stream")):
        stream = chunks.stream(head, turns, body, told)
        return odd.bend_chunks(request, azure.filter_chunks(stream) if request.azure else stream)
    data = _completion(head, turns, body, told)
    return odd.bend_body(request, azure.filter_body(data) if request.azure else data)


def logprobs(text: str, top: int) -> list[Json]:
    """Log probabilities of a text, a word each."""
    return [
        {
            "token": word,
            "logprob": -0.01,
            "bytes": list(word.encode()),
            "top_logprobs": _alternatives(word, top),
        }
        for word in words(text)
    ]


def message(turn: Turn, head: Head, body: Json) -> Json:
    """The message of a turn."""
    said: Json = {"role": "assistant", "content": turn.text, "refusal": turn.refusal, "annotations": []}
    if turn.reasoning:
        said["reasoning_content"] = turn.reasoning
    if "web_search_options" in body and turn.text:
        cited = {"end_index": len(turn.text), "start_index": 0, "title": "Reference", "url": SOURCE}
        said["annotations"] = [{"type": "url_citation", "url_citation": cited}]
    calls = [call_body(call.id, call.kind, call.name, call.arguments) for call in turn.calls]
    if calls and turn.calls[0].kind == "legacy":
        said["function_call"] = calls[0]["function"]
    elif calls:
        said["tool_calls"] = calls
    if turn.text and speaks(body):
        said["content"] = None
        said["audio"] = audio(turn.text, head)
    return said


def call_body(told: str, kind: str, name: str, arguments: str | None) -> Json:
    """A tool call as messages carry it."""
    if kind == "custom":
        return {"id": told, "type": "custom", "custom": {"name": name, "input": arguments}}
    return {"id": told, "type": "function", "function": {"name": name, "arguments": arguments}}


def speaks(body: Json) -> bool:
    """Whether the answer is wanted as audio."""
    return "audio" in sequence(body.get("modalities"))


def audio(text: str, head: Head) -> Json:
    """An answer as audio: no sound, one byte for every character."""
    return {
        "id": identity("audio_", head.id),
        "data": base64.b64encode(bytes(len(text))).decode(),
        "expires_at": head.created + 3600,
        "transcript": text,
    }


def _turns(turn: Turn, body: Json) -> list[Turn]:
    """As many choices as were asked for; they share the prompt, and their completions are added up."""
    if speaks(body) and turn.text:
        turn.usage.audio_out = AUDIO_TOKENS * len(words(turn.text))
        turn.usage.completion += turn.usage.audio_out
    asked = max(1, whole(body.get("n"), 1))
    turn.usage.completion *= asked
    turn.usage.reasoning *= asked
    turn.usage.audio_out *= asked
    variants = [
        replace(turn, calls=[replace(call, id=f"{call.id}{at}") for call in turn.calls])
        for at in range(1, asked)
    ]
    return [turn, *variants]


def _completion(head: Head, turns: list[Turn], body: Json, usage: Json) -> Json:
    choices: list[Json] = []
    for at, turn in enumerate(turns):
        choice: Json = {"index": at, "message": message(turn, head, body), "logprobs": None}
        if true(body.get("logprobs")) and turn.text:
            choice["logprobs"] = {
                "content": logprobs(turn.text, whole(body.get("top_logprobs"))),
                "refusal": None,
            }
        choices.append({**choice, "finish_reason": turn.finish})
    return {
        "id": head.id,
        "object": "chat.completion",
        "created": head.created,
        "model": head.model,
        "choices": choices,
        "usage": usage,
        "service_tier": head.service_tier,
        "system_fingerprint": head.system_fingerprint,
    }


def _tier(asked: object) -> str:
    return asked if isinstance(asked, str) and asked != "auto" else "default"


def _alternatives(word: str, top: int) -> list[Json]:
    return [
        {"token": word[: len(word) - at] or " ", "logprob": -0.01 - at, "bytes": list(word.encode())}
        for at in range(top)
    ]
