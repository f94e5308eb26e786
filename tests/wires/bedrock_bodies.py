# SPDX-License-Identifier: Apache-2.0
"""The bodies of InvokeModel that each family of models has on Bedrock, whole and in chunks."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spanwright.console.provider.shape import Json, identity, mapping, sequence, string
from spanwright.console.provider.tokens import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spanwright.console.provider.turn import Turn


@dataclass(frozen=True)
class Family:
    """How a family is asked and how it answers."""

    asked: Callable[[Json], Json]
    answer: Callable[[Turn, Json, str], Json]
    chunks: Callable[[Turn, Json, str], Iterator[Json]]


def chunk(data: Json) -> Json:
    """The payload of a chunk: JSON in base64 in JSON."""
    return {"bytes": base64.b64encode(json.dumps(data).encode()).decode(), "p": "abcdefgh"}


def text(word: str) -> Json:
    """The payload of a chunk of an agent's text."""
    return {"bytes": base64.b64encode(word.encode()).decode()}


def returned(turn: Turn, seed: str) -> Json:
    """The calls that an agent hands back to its caller."""
    inputs = [
        {
            "functionInvocationInput": {
                "actionGroup": "actions",
                "function": call.name,
                "parameters": [
                    {"name": name, "type": "string", "value": str(value)}
                    for name, value in json.loads(call.arguments).items()
                ],
            }
        }
        for call in turn.calls
    ]
    return {"invocationId": identity("", seed, length=12), "invocationInputs": inputs}


def conversation(body: Json) -> Json:
    """Blocks of Converse as a chat."""
    chat: list[Json] = [
        {"role": "system", "content": string(mapping(each).get("text"))}
        for each in sequence(body.get("system"))
    ]
    for message in map(mapping, sequence(body.get("messages"))):
        blocks = [mapping(each) for each in sequence(message.get("content"))]
        calls = [
            {"type": "function", "id": told["toolUseId"], "function": _function(told)}
            for each in blocks
            if (told := mapping(each.get("toolUse")))
        ]
        results = [mapping(each["toolResult"]) for each in blocks if "toolResult" in each]
        said = [each["text"] for each in blocks if "text" in each]
        if said or calls:
            chat.append({"role": message.get("role"), "content": "\n".join(said), "tool_calls": calls})
        chat += [{"role": "tool", "content": _told(result)} for result in results]
    tools = [
        {
            "type": "function",
            "function": {
                "name": told.get("name"),
                "description": told.get("description"),
                "parameters": mapping(told.get("inputSchema")).get("json"),
            },
        }
        for each in sequence(mapping(body.get("toolConfig")).get("tools"))
        if (told := mapping(mapping(each).get("toolSpec")))
    ]
    config = mapping(body.get("inferenceConfig"))
    return {"messages": chat, "tools": tools, "max_tokens": config.get("maxTokens")}


def _function(told: Json) -> Json:
    return {"name": told["name"], "arguments": json.dumps(told.get("input"))}


def _told(result: Json) -> str:
    parts = map(mapping, sequence(result.get("content")))
    return "\n".join(each["text"] if "text" in each else json.dumps(each.get("json")) for each in parts)


def _messages(body: Json) -> Json:
    """Anthropic's messages, and those of others, as a chat of texts alone."""
    system = body.get("system")
    before = [{"role": "system", "content": system}] if isinstance(system, str) else []
    return {"messages": [*before, *sequence(body.get("messages"))], "max_tokens": body.get("max_tokens")}


def _prompted(body: Json) -> Json:
    asked = next((body[name] for name in ("prompt", "inputText", "message") if name in body), "")
    if "texts" in body:
        asked = "\n".join(sequence(body["texts"]))
    config = mapping(body.get("textGenerationConfig"))
    limit = body.get("max_gen_len") or body.get("max_tokens") or config.get("maxTokenCount")
    return {"messages": [{"role": "user", "content": asked}], "max_tokens": limit}


def _said(turn: Turn) -> str:
    return turn.text or turn.refusal or ""


def _anthropic(turn: Turn, body: Json, seed: str) -> Json:
    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments)}
        for call in turn.calls
    ]
    return {
        "id": identity("msg_bdrk_", seed),
        "type": "message",
        "role": "assistant",
        "model": "claude-3-5-sonnet-20240620",
        "content": [*([{"type": "text", "text": _said(turn)}] if _said(turn) else []), *calls],
        "stop_reason": {"stop": "end_turn", "length": "max_tokens"}.get(turn.finish, "tool_use"),
        "stop_sequence": None,
        "usage": {"input_tokens": turn.usage.prompt, "output_tokens": turn.usage.completion},
    }


def _anthropic_chunks(turn: Turn, body: Json, seed: str) -> Iterator[Json]:
    whole = _anthropic(turn, body, seed)
    begun = {**whole, "content": [], "stop_reason": None, "usage": {**whole["usage"], "output_tokens": 1}}
    yield {"type": "message_start", "message": begun}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for word in words(_said(turn)):
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
    yield {"type": "content_block_stop", "index": 0}
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": turn.usage.completion}}
    yield {"type": "message_stop"}


def _nova(turn: Turn, body: Json, seed: str) -> Json:
    used = turn.usage
    return {
        "output": {"message": {"content": [{"text": _said(turn)}], "role": "assistant"}},
        "stopReason": {"stop": "end_turn", "length": "max_tokens"}.get(turn.finish, turn.finish),
        "usage": {"inputTokens": used.prompt, "outputTokens": used.completion},
    }


def _nova_chunks(turn: Turn, body: Json, seed: str) -> Iterator[Json]:
    """Each piece of the text has a number of its own, as Nova counts them."""
    whole = _nova(turn, body, seed)
    yield {"messageStart": {"role": "assistant"}}
    for at, word in enumerate(words(_said(turn))):
        yield {"contentBlockDelta": {"delta": {"text": word}, "contentBlockIndex": at}}
        yield {"contentBlockStop": {"contentBlockIndex": at}}
    yield {"messageStop": {"stopReason": whole["stopReason"]}}
    yield {"metadata": {"usage": whole["usage"], "metrics": {}, "trace": {}}}


def _titan(turn: Turn, body: Json, seed: str) -> Json:
    told = {
        "tokenCount": turn.usage.completion,
        "outputText": _said(turn),
        "completionReason": "LENGTH" if turn.finish == "length" else "FINISH",
    }
    return {"inputTextTokenCount": turn.usage.prompt, "results": [told]}


def _titan_chunks(turn: Turn, body: Json, seed: str) -> Iterator[Json]:
    whole = _titan(turn, body, seed)
    (result,) = whole["results"]
    yield {
        "outputText": result["outputText"],
        "index": 0,
        "totalOutputTextTokenCount": result["tokenCount"],
        "completionReason": result["completionReason"],
        "inputTextTokenCount": whole["inputTextTokenCount"],
    }


def _llama(turn: Turn, body: Json, seed: str) -> Json:
    return {
        "generation": _said(turn),
        "prompt_token_count": turn.usage.prompt,
        "generation_token_count": turn.usage.completion,
        "stop_reason": turn.finish,
    }


def _llama_chunks(turn: Turn, body: Json, seed: str) -> Iterator[Json]:
    pieces = list(words(_said(turn)))
    for at, word in enumerate([*pieces, ""]):
        last = at == len(pieces)
        yield {
            "generation": word,
            "prompt_token_count": turn.usage.prompt if at == 0 else None,
            "generation_token_count": turn.usage.completion if last else at,
            "stop_reason": turn.finish if last else None,
        }


def _mistral(turn: Turn, body: Json, seed: str) -> Json:
    if "messages" not in body:
        return {"outputs": [{"text": _said(turn), "stop_reason": turn.finish}]}
    said = {"role": "assistant", "content": _said(turn)}
    return {"choices": [{"index": 0, "message": said, "stop_reason": turn.finish}]}


def _mistral_chunks(turn: Turn, body: Json, seed: str) -> Iterator[Json]:
    pieces = list(words(_said(turn)))
    for at, word in enumerate(pieces):
        reason = turn.finish if at == len(pieces) - 1 else None
        if "messages" in body:
            said = {"role": "assistant", "content": word}
            yield {"choices": [{"index": 0, "message": said, "stop_reason": reason}]}
        else:
            yield {"outputs": [{"text": word, "stop_reason": reason}]}


def _cohere(turn: Turn, body: Json, seed: str) -> Json:
    reason = "MAX_TOKENS" if turn.finish == "length" else "COMPLETE"
    if "message" in body:
        return {
            "response_id": identity("", seed),
            "text": _said(turn),
            "generation_id": identity("", seed, 1),
            "chat_history": [],
            "finish_reason": reason,
        }
    told = {"finish_reason": reason, "id": identity("", seed, 1), "text": _said(turn)}
    return {"generations": [told], "id": identity("", seed), "prompt": body.get("prompt")}


def _cohere_chunks(turn: Turn, body: Json, seed: str) -> Iterator[Json]:
    whole = _cohere(turn, body, seed)
    if "message" not in body:
        yield from ({"index": 0, "is_finished": False, "text": word} for word in words(_said(turn)))
        yield {"index": 0, "is_finished": True, "finish_reason": whole["generations"][0]["finish_reason"]}
        return
    for word in words(_said(turn)):
        yield {"event_type": "text-generation", "is_finished": False, "text": word}
    reason = whole["finish_reason"]
    yield {"event_type": "stream-end", "is_finished": True, "finish_reason": reason, "response": whole}


def _titan_vectors(turn: Turn, body: Json, seed: str) -> Json:
    return {"embedding": [0.5] * int(body.get("dimensions") or 4), "inputTextTokenCount": turn.usage.prompt}


def _cohere_vectors(turn: Turn, body: Json, seed: str) -> Json:
    texts = sequence(body.get("texts"))
    return {
        "embeddings": [[0.5] * 4 for _ in texts],
        "id": identity("", seed),
        "response_type": "embeddings_floats",
        "texts": texts,
    }


def _none(turn: Turn, body: Json, seed: str) -> Iterator[Json]:
    return iter(())


def _ranked(turn: Turn, body: Json, seed: str) -> Json:
    return {"results": [{"index": 0, "relevance_score": 0.5}]}


_FAMILIES: dict[str, Family] = {
    "anthropic": Family(_messages, _anthropic, _anthropic_chunks),
    "amazon.nova": Family(conversation, _nova, _nova_chunks),
    "amazon.titan-embed": Family(_prompted, _titan_vectors, _none),
    "amazon.titan": Family(_prompted, _titan, _titan_chunks),
    "meta": Family(_prompted, _llama, _llama_chunks),
    "mistral": Family(
        lambda body: _messages(body) if "messages" in body else _prompted(body), _mistral, _mistral_chunks
    ),
    "cohere.embed": Family(_prompted, _cohere_vectors, _none),
    "cohere.rerank": Family(_prompted, _ranked, _none),
    "cohere": Family(_prompted, _cohere, _cohere_chunks),
}


def family(model: str) -> Family:
    """The family that a model's id names; whatever is odd is Anthropic's."""
    for name, found in _FAMILIES.items():
        if re.search(rf"(^|[./]){re.escape(name)}", model):
            return found
    return _FAMILIES["anthropic"]
