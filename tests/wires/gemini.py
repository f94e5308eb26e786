# SPDX-License-Identifier: Apache-2.0
"""Google's API as the Gemini API and Vertex AI speak it: content, streams of it, embeddings, pictures, token counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.request import Answer, whole_answer
from spanwright.console.provider.shape import Json, dump, identity, mapping, sequence, string
from spanwright.console.provider.tokens import words
from spanwright.console.provider.turn import Turn, take_turn
from wires import gemini_interactions, gemini_media
from wires.gemini_media import text

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State

_STATUSES = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "The caller does not have permission."),
    404: ("NOT_FOUND", "models/{model} is not found for API version v1beta."),
    429: ("RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later."),
    500: ("INTERNAL", "An internal error has occurred."),
    503: ("UNAVAILABLE", "The model is overloaded. Please try again later."),
}
_FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}


def refuse(request: Request, status: int) -> Answer:
    """Answers an error as the provider does."""
    told, text = _STATUSES.get(status, ("UNKNOWN", "The request failed."))
    return whole_answer(
        {"error": {"code": status, "message": text.format(model=model(request)), "status": told}}, status
    )


def model(request: Request) -> str:
    """The model, which the path names; its name may hold a colon itself."""
    place = request.path.rpartition("/")[2]
    return place.rpartition(":")[0] if request.method == "POST" else place


def generate(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `:generateContent`."""
    seed = state.seed(request)
    turn = _turn(request, reply, state, seed)
    head, told = _head(request, reply, seed), _usage(request, reply, turn)
    if turn.refusal is not None:
        return _json({"promptFeedback": _BLOCKED, "usageMetadata": _asked(told), **head})
    return _json(
        {
            "candidates": [
                {**_candidate(_parts(turn)), "finishReason": _finish(turn), "index": at}
                for at in range(_candidates(request))
            ],
            "usageMetadata": told,
            **head,
        }
    )


def stream(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `:streamGenerateContent?alt=sse`: the usage grows, the reason comes with the last words."""
    seed = state.seed(request)
    turn = _turn(request, reply, state, seed)
    head, told = _head(request, reply, seed), _usage(request, reply, turn)
    if turn.refusal is not None:
        return _events([{"promptFeedback": _BLOCKED, "usageMetadata": _asked(told), **head}])
    pieces: list[Json] = [{"text": each, "thought": True} for each in words(turn.reasoning or "")]
    pieces += [{"text": each} for each in words(turn.text or "")]
    pieces += _calls(turn)
    chunks: list[Json] = [
        {"candidates": [{**_candidate([each]), "index": 0}], "usageMetadata": _asked(told), **head}
        for each in pieces or [{"text": ""}]
    ]
    chunks[-1]["candidates"][0]["finishReason"] = _finish(turn)
    chunks[-1]["usageMetadata"] = told
    return _events(chunks)


def count_tokens(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `:countTokens`."""
    del reply, state
    tokens = _prompt(request).size
    return _json({"totalTokens": tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}]})


def describe(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `GET /models/X`."""
    del reply, state
    return _json({"name": f"models/{model(request)}", "displayName": "A model", "version": "001"})


_BLOCKED = {"blockReason": "PROHIBITED_CONTENT"}


def _turn(request: Request, reply: Reply, state: State, seed: str) -> Turn:
    body = mapping(request.fields.get("generationConfig"))
    thinking = mapping(body.get("thinkingConfig"))
    level = thinking.get("thinkingLevel") or thinking.get("thinking_level")
    asked = {
        "max_tokens": body.get("maxOutputTokens"),
        "stop": body.get("stopSequences"),
        "reasoning_effort": string(level).lower() or "none",
    }
    return take_turn(_prompt(request), asked, reply, state, seed)


def _prompt(request: Request) -> Any:
    """The prompt, by way of the chat messages that it amounts to."""
    body = request.fields
    messages: list[Json] = []
    if system := text(body.get("systemInstruction")):
        messages.append({"role": "system", "content": system})
    for each in map(mapping, sequence(body.get("contents"))):
        messages += _messages(each)
    declared = [
        {"type": "function", "function": _function(mapping(one))}
        for each in map(mapping, sequence(body.get("tools")))
        for one in sequence(each.get("functionDeclarations"))
    ]
    config = mapping(body.get("generationConfig"))
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    form = {"type": "json_schema", "json_schema": {"schema": _lowered(schema)}} if schema else None
    return from_chat({"messages": messages, "tools": declared, "response_format": form}, model(request))


def _messages(content: Json) -> list[Json]:
    found: list[Json] = []
    said = text(content)
    calls: list[Json] = []
    for part in map(mapping, sequence(content.get("parts"))):
        if returned := mapping(part.get("functionResponse")):
            found.append({"role": "tool", "content": dump(returned.get("response"))})
        if call := mapping(part.get("functionCall")):
            calls.append({"function": {"name": call.get("name"), "arguments": dump(call.get("args"))}})
    role = "assistant" if content.get("role") == "model" else "user"
    if said or calls:
        found.append({"role": role, "content": said, "tool_calls": calls})
    return found


def _function(told: Json) -> Json:
    schema = told.get("parametersJsonSchema") or told.get("parameters")
    return {**told, "parameters": _lowered(schema)}


def _lowered(schema: Any) -> Any:
    """A schema of this API, which writes its types in capitals, as JSON Schema."""
    if isinstance(schema, list):
        return [_lowered(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: each.lower() if key == "type" and isinstance(each, str) else _lowered(each)
        for key, each in schema.items()
    }


def _parts(turn: Turn) -> list[Json]:
    parts: list[Json] = [{"text": turn.reasoning, "thought": True}] if turn.reasoning else []
    if turn.text:
        parts.append({"text": turn.text})
    return parts + _calls(turn)


def _calls(turn: Turn) -> list[Json]:
    return [{"functionCall": {"name": each.name, "args": json.loads(each.arguments)}} for each in turn.calls]


def _candidate(parts: list[Json]) -> Json:
    return {"content": {"parts": parts, "role": "model"}}


def _candidates(request: Request) -> int:
    return mapping(request.fields.get("generationConfig")).get("candidateCount") or 1


def _finish(turn: Turn) -> str:
    return _FINISH.get(turn.finish, turn.finish)


def _head(request: Request, reply: Reply, seed: str) -> Json:
    return {"modelVersion": reply.model or model(request), "responseId": identity("", seed, length=22)}


def _usage(request: Request, reply: Reply, turn: Turn) -> Json:
    if reply.usage is not None:
        return dict(reply.usage)
    used = turn.usage
    spoken = used.completion - used.reasoning
    told: Json = {
        "promptTokenCount": used.prompt,
        "candidatesTokenCount": spoken,
        "totalTokenCount": used.prompt + used.completion,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": used.prompt}],
        "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": spoken}],
    }
    if used.cached:
        told["cachedContentTokenCount"] = used.cached
        told["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": used.cached}]
    if used.reasoning:
        told["thoughtsTokenCount"] = used.reasoning
    tier = {"trafficType": "ON_DEMAND"} if "/projects/" in request.path else {"serviceTier": "standard"}
    return {**told, **tier}


def _asked(told: Json) -> Json:
    """The usage before anything is said."""
    names = ("promptTokenCount", "promptTokensDetails")
    return {
        **{name: told[name] for name in names if name in told},
        "totalTokenCount": told.get("promptTokenCount"),
    }


def _json(told: Json) -> Answer:
    given = whole_answer(told)
    given.kind = "application/json; charset=UTF-8"
    return given


def _events(chunks: list[Json]) -> Answer:
    frames = [b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in chunks]
    return Answer(frames=frames, kind="text/event-stream")


_MODEL = r"/v1\w*/(projects/[^/]+/locations/[^/]+/)?(publishers/[^/]+/)?(models|tunedModels|endpoints)/[^/]+"
WIRE = Wire(
    routes=[
        ("POST", f"{_MODEL}:generateContent", generate),
        ("POST", f"{_MODEL}:streamGenerateContent", stream),
        ("POST", f"{_MODEL}:countTokens", count_tokens),
        ("POST", f"{_MODEL}:batchEmbedContents", gemini_media.embed),
        ("POST", f"{_MODEL}:embedContent", gemini_media.embed_one),
        ("POST", f"{_MODEL}:predict", gemini_media.predict),
        ("POST", f"{_MODEL}:predictLongRunning", gemini_media.start),
        ("GET", r"/v1\w*/models/[^/:]+", describe),
        *gemini_interactions.ROUTES,
    ],
    refuse=refuse,
    model=lambda request: request.model or model(request),
)
