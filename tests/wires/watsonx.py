# SPDX-License-Identifier: Apache-2.0
"""watsonx.ai's API: OpenAI's chat with names of its own, text generation, embeddings and reranking; errors in a list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire, chat
from spanwright.console.provider.embeddings import vector
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.request import Answer, streamed_answer
from spanwright.console.provider.shape import Json, dump, mapping, sequence, string
from spanwright.console.provider.tokens import count, words
from spanwright.console.provider.turn import Turn, take_turn
from wires.alike import bent, without

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State

DEPLOYED = "ibm/granite-3-3-8b-instruct"
_AT = "2025-06-24T15:30:13.500Z"
_NOT_ITS = ("annotations", "obfuscation", "system_fingerprint", "service_tier", "logprobs", "refusal")
_ERRORS = {
    401: ("authentication_token_not_valid", "Failed to authenticate the request due to invalid token."),
    404: ("model_not_supported", "Model is not supported for this environment."),
    429: ("rate_limit_reached_requests", "The plan's limit of requests is reached."),
}
_FAILED = ("internal_error", "An internal error has occurred.")


def model(request: Request) -> str:
    """Return the model that is asked for; a deployment stands for one."""
    return string(request.fields.get("model_id")) or DEPLOYED


def refuse(request: Request, status: int) -> Answer:
    """Answers an error as the service does."""
    del request
    code, told = _ERRORS.get(status, _FAILED)
    return Answer(dump(_error(code, told, status)).encode(), status=status)


def whole(body: Json) -> Json:
    """Bend a whole chat."""
    return {**without(body, *_NOT_ITS), "model_id": body.get("model"), "created_at": _AT}


def converse(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a chat."""
    return bent(chat.complete, "/v1/chat/completions", whole)(_asked(request), reply, state)


def converse_in_pieces(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a chat as events."""
    told: list[Json] = []

    def keep(chunks: list[Json]) -> list[Json]:
        told.extend(whole(each) for each in chunks)
        return chunks

    more = {"stream": True, "stream_options": {"include_usage": True}}
    answer = bent(chat.complete, "/v1/chat/completions", chunks=keep)(_asked(request, **more), reply, state)
    if answer.frames is None:
        return answer
    events: list[tuple[str, Json]] = [("message", without_null(each, "usage")) for each in told]
    return _streamed(request, events)


def generate(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a text."""
    turn = _turn(request, reply, state)
    result = _result(turn.text or "", *_counts(turn, reply), _reason(turn))
    return _json({"model_id": model(request), "created_at": _AT, "results": [result]})


def generate_in_pieces(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a text as events: the input is counted on the first, what was generated on each, all of it so far."""
    turn = _turn(request, reply, state)
    made, asked = _counts(turn, reply)
    pieces = words(turn.text or "")
    results = [_result("", 0, asked, "not_finished")]
    for at, piece in enumerate(pieces, 1):
        last = at == len(pieces)
        counted = made if last else min(at, made)
        results.append(_result(piece, counted, 0, _reason(turn) if last else "not_finished"))
    events = [
        ("message", {"model_id": model(request), "created_at": _AT, "results": [each]}) for each in results
    ]
    return _streamed(request, events)


def embed(request: Request, reply: Reply, state: State) -> Answer:
    """Answers vectors of texts."""
    del reply, state
    texts = [string(each) for each in sequence(request.fields.get("inputs"))]
    results = [{"embedding": vector(text, 8)} for text in texts]
    told = {"model_id": model(request), "created_at": _AT, "results": results}
    return _json({**told, "input_token_count": sum(map(count, texts))})


def rerank(request: Request, reply: Reply, state: State) -> Answer:
    """Answers the documents in the opposite order."""
    del reply, state
    texts = [string(mapping(each).get("text")) for each in sequence(request.fields.get("inputs"))]
    results = [{"index": at, "score": at / 10} for at in reversed(range(len(texts)))]
    told = {"model_id": model(request), "created_at": _AT, "results": results}
    return _json({**told, "input_token_count": sum(map(count, texts))})


def without_null(value: Json, name: str) -> Json:
    """Return an object without a member that is null."""
    return {key: member for key, member in value.items() if key != name or member is not None}


def _asked(request: Request, **more: Any) -> Request:
    return replace(request, body={**request.fields, "model": model(request), **more})


def _turn(request: Request, reply: Reply, state: State) -> Turn:
    body = request.fields
    limit = mapping(body.get("parameters")).get("max_new_tokens")
    asked = {"messages": [{"role": "user", "content": body.get("input") or ""}], "max_tokens": limit}
    return take_turn(from_chat(asked, model(request)), asked, reply, state, state.seed(request))


def _counts(turn: Turn, reply: Reply) -> tuple[int, int]:
    given = mapping(reply.usage)
    return given.get("generated", turn.usage.completion), given.get("input", turn.usage.prompt)


def _reason(turn: Turn) -> str:
    return {"stop": "eos_token", "length": "max_tokens"}.get(turn.finish, turn.finish)


def _result(text: str, made: int, asked: int, reason: str) -> Json:
    return {
        "generated_text": text,
        "generated_token_count": made,
        "input_token_count": asked,
        "stop_reason": reason,
    }


def _streamed(request: Request, events: list[tuple[str, Json]]) -> Answer:
    if model(request) == "odd:mid-stream-error":
        events = [events[0], ("error", _error(*_FAILED, 500))]
    return streamed_answer(
        [
            f"id: {at}\nevent: {name}\ndata: {dump(data)}\n\n".encode()
            for at, (name, data) in enumerate(events, 1)
        ]
    )


def _error(code: str, told: str, status: int) -> Json:
    return {"errors": [{"code": code, "message": told}], "trace": "test", "status_code": status}


def _json(told: Json) -> Answer:
    return Answer(dump(told).encode())


_PLACES = ("/ml/v1", "/ml/v1/deployments/[^/]+")
WIRE = Wire(
    routes=[
        *(("POST", f"{place}/text/chat", converse) for place in _PLACES),
        *(("POST", f"{place}/text/chat_stream", converse_in_pieces) for place in _PLACES),
        *(("POST", f"{place}/text/generation", generate) for place in _PLACES),
        *(("POST", f"{place}/text/generation_stream", generate_in_pieces) for place in _PLACES),
        ("POST", "/ml/v1/text/embeddings", embed),
        ("POST", "/ml/v1/text/rerank", rerank),
    ],
    model=model,
    refuse=refuse,
)
