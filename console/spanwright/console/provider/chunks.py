# SPDX-License-Identifier: Apache-2.0
"""The chunks of a streamed chat completion: the role, the words, the finish, the usage if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider import chat
from spanwright.console.provider.shape import Json, identity, mapping, true, whole
from spanwright.console.provider.tokens import words

if TYPE_CHECKING:
    from spanwright.console.provider.calls import Call
    from spanwright.console.provider.chat import Head
    from spanwright.console.provider.turn import Turn

_ARGUMENT = 5
"""Characters of a tool call's arguments in one delta."""


def stream(head: Head, turns: list[Turn], body: Json, usage: Json) -> list[Json]:
    """All chunks, in order; the choices of a completion with several come one after the other."""
    wanted = true(mapping(body.get("stream_options")).get("include_usage"))
    chunks: list[Json] = []
    for at, turn in enumerate(turns):
        chunks += [_chunk(head, [_choice(at, *each)], wanted=wanted) for each in _deltas(turn, head, body)]
        chunks.append(_chunk(head, [_choice(at, {}, None, turn.finish)], wanted=wanted))
    if wanted:
        chunks.append({**_chunk(head, [], wanted=True), "usage": usage})
    if mapping(body.get("stream_options")).get("include_obfuscation") is not False:
        # Padding against the reading of answers from the sizes of encrypted packets.
        for number, chunk in enumerate(chunks):
            chunk["obfuscation"] = identity("", head.id, number, length=1 + number % 9)
    return chunks


def _chunk(head: Head, choices: list[Json], *, wanted: bool) -> Json:
    chunk: Json = {
        "id": head.id,
        "object": "chat.completion.chunk",
        "created": head.created,
        "model": head.model,
        "service_tier": head.service_tier,
        "system_fingerprint": head.system_fingerprint,
        "choices": choices,
    }
    # The key is there, and null, on every chunk of a stream that ends with the usage, and else on none.
    return {**chunk, "usage": None} if wanted else chunk


def _choice(at: int, delta: Json, logprobs: Json | None = None, finish: str | None = None) -> Json:
    return {"index": at, "delta": delta, "logprobs": logprobs, "finish_reason": finish}


def _deltas(turn: Turn, head: Head, body: Json) -> list[tuple[Json, Json | None]]:
    said = turn.text is not None
    first: Json = {
        "role": "assistant",
        "content": "" if said and not chat.speaks(body) else None,
        "refusal": None,
    }
    deltas: list[tuple[Json, Json | None]] = [(first, None)]
    deltas += [({"reasoning_content": word}, None) for word in words(turn.reasoning or "")]
    deltas += [({"refusal": word}, None) for word in words(turn.refusal or "")]
    if turn.text and chat.speaks(body):
        deltas += _audio(turn.text, head)
    else:
        deltas += [({"content": word}, _logprobs(word, body)) for word in words(turn.text or "")]
    for index, call in enumerate(turn.calls):
        deltas += [(delta, None) for delta in _call(index, call)]
    return deltas


def _call(index: int, call: Call) -> list[Json]:
    parts = [call.arguments[at : at + _ARGUMENT] for at in range(0, len(call.arguments), _ARGUMENT)]
    if call.kind == "legacy":
        return [
            {"function_call": {"name": call.name, "arguments": ""}},
            *({"function_call": {"arguments": part}} for part in parts),
        ]
    kind, key = ("custom", "input") if call.kind == "custom" else ("function", "arguments")
    first = {"index": index, **chat.call_body(call.id, call.kind, call.name, "")}
    return [
        {"tool_calls": [first]},
        *({"tool_calls": [{"index": index, kind: {key: part}}]} for part in parts),
    ]


def _audio(text: str, head: Head) -> list[tuple[Json, Json | None]]:
    whole_audio = chat.audio(text, head)
    parts: list[Json] = [{"id": whole_audio["id"], "transcript": word} for word in words(text)]
    parts.append({"id": whole_audio["id"], "data": whole_audio["data"]})
    parts.append({"id": whole_audio["id"], "expires_at": whole_audio["expires_at"]})
    return [({"audio": part}, None) for part in parts]


def _logprobs(word: str, body: Json) -> Json | None:
    if not true(body.get("logprobs")):
        return None
    return {"content": chat.logprobs(word, whole(body.get("top_logprobs"))), "refusal": None}
