# SPDX-License-Identifier: Apache-2.0
"""DashScope's API: generation, whole or as events whose texts grow or come in pieces, embeddings and reranking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.embeddings import vector
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.request import Answer, streamed_answer
from spanwright.console.provider.shape import Json, dump, hexadecimal, mapping, sequence, string
from spanwright.console.provider.tokens import count, words
from spanwright.console.provider.turn import Turn, take_turn

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State

_ERRORS = {
    400: ("InvalidParameter", "The parameters are not valid."),
    401: ("InvalidApiKey", "Invalid API-key provided."),
    404: ("ModelNotFound", "Model can not be found."),
    429: ("Throttling.RateQuota", "Requests rate limit exceeded, please try again later."),
}


def refuse(request: Request, status: int) -> Answer:
    """Answers an error as the gateway does."""
    code, told = _ERRORS.get(status, ("InternalError", "An internal error has occured."))
    body = {"code": code, "message": told, "request_id": _id(request)}
    return Answer(dump(body).encode(), status=status)


def generate(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a generation of text."""
    return _generated(request, reply, state, parts=False)


def converse(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a generation that knows other media: the texts come in parts."""
    return _generated(request, reply, state, parts=True)


def embed(request: Request, reply: Reply, state: State) -> Answer:
    """Answers vectors of texts."""
    del state
    body = request.fields
    texts = [string(each) for each in sequence(mapping(body.get("input")).get("texts"))]
    size = mapping(body.get("parameters")).get("dimension") or 8
    vectors = [{"text_index": at, "embedding": vector(text, size)} for at, text in enumerate(texts)]
    usage = reply.usage or {"total_tokens": sum(map(count, texts))}
    return _json({"output": {"embeddings": vectors}, "usage": dict(usage), "request_id": _id(request)})


def rerank(request: Request, reply: Reply, state: State) -> Answer:
    """Answers the documents in the opposite order."""
    del reply, state
    documents = sequence(mapping(request.fields.get("input")).get("documents"))
    top = mapping(request.fields.get("parameters")).get("top_n") or len(documents)
    results = [{"index": at, "relevance_score": at / 10} for at in reversed(range(len(documents)))]
    usage = {"total_tokens": sum(count(string(each)) for each in documents)}
    return _json({"output": {"results": results[:top]}, "usage": usage, "request_id": _id(request)})


def _generated(request: Request, reply: Reply, state: State, *, parts: bool) -> Answer:
    body = request.fields
    wanted, asked = mapping(body.get("parameters")), mapping(body.get("input"))
    messages = [_plain(each) for each in sequence(asked.get("messages"))]
    if asked.get("prompt"):
        messages.append({"role": "user", "content": asked["prompt"]})
    told = {**wanted, "messages": messages}
    turn = take_turn(from_chat(told, request.model), told, reply, state, state.seed(request))
    usage = dict(reply.usage) if reply.usage is not None else _usage(turn)
    whole = wanted.get("result_format") == "message" or parts or bool(turn.calls)
    if request.headers.get("x-dashscope-sse") != "enable":
        return _json(
            {"output": _output(turn, turn.finish, whole, parts), "usage": usage, "request_id": _id(request)}
        )
    return _events(request, turn, usage, whole=whole, parts=parts)


def _events(request: Request, turn: Turn, usage: Json, *, whole: bool, parts: bool) -> Answer:
    """Stream it: everything so far on each event, or, if asked for, what is new."""
    incremental = mapping(request.fields.get("parameters")).get("incremental_output") is True
    steps = [("reasoning", each) for each in words(turn.reasoning or "")]
    steps += [("text", each) for each in words(turn.text or "")]
    sofar = Turn(text="", reasoning="" if turn.reasoning else None)
    events: list[bytes] = []
    for name, piece in steps:
        if incremental:
            sofar = Turn(text="", reasoning="" if turn.reasoning else None)
        setattr(sofar, name, (getattr(sofar, name) or "") + piece)
        events.append(_event(request, len(events) + 1, _output(sofar, "null", whole, parts), usage))
    if request.model == "odd:mid-stream-error":
        failed = {"code": "DataInspectionFailed", "message": "Output data may contain inappropriate content."}
        body = dump({**failed, "request_id": _id(request)})
        events[1:] = [f"id:2\nevent:error\nstatus:400\n:HTTP_STATUS/400\ndata:{body}\n\n".encode()]
        return streamed_answer(events)
    last = Turn(text="", calls=turn.calls) if incremental else turn
    events.append(_event(request, len(events) + 1, _output(last, turn.finish, whole, parts), usage))
    return streamed_answer(events)


def _event(request: Request, number: int, output: Json, usage: Json) -> bytes:
    data = dump({"output": output, "usage": usage, "request_id": _id(request)})
    return f"id:{number}\nevent:result\n:HTTP_STATUS/200\ndata:{data}\n\n".encode()


def _output(turn: Turn, finish: str, whole: bool, parts: bool) -> Json:
    if not whole:
        return {"finish_reason": finish, "text": turn.text or ""}
    text = turn.text or ""
    message: Json = {"role": "assistant", "content": [{"text": text}] if parts else text}
    if turn.reasoning is not None:
        message["reasoning_content"] = turn.reasoning
    if turn.calls:
        message["tool_calls"] = [
            {
                "index": at,
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for at, call in enumerate(turn.calls)
        ]
    return {"choices": [{"finish_reason": finish, "index": 0, "message": message}]}


def _plain(message: Any) -> Json:
    """Return a message with the parts that the reference model reads."""
    told = mapping(message)
    if not isinstance(told.get("content"), list):
        return told
    return {**told, "content": [{"type": "text", **mapping(each)} for each in told["content"]]}


def _usage(turn: Turn) -> Json:
    told: Json = {
        "input_tokens": turn.usage.prompt,
        "output_tokens": turn.usage.completion,
        "total_tokens": turn.usage.prompt + turn.usage.completion,
        "prompt_tokens_details": {"cached_tokens": turn.usage.cached},
    }
    if turn.usage.reasoning:
        told["output_tokens_details"] = {"reasoning_tokens": turn.usage.reasoning}
    return told


def _id(request: Request) -> str:
    return hexadecimal("", request.path, request.model)


def _json(told: Json) -> Answer:
    return Answer(dump(told).encode())


_SERVICES = "/api/v1/services"
WIRE = Wire(
    routes=[
        ("POST", f"{_SERVICES}/aigc/text-generation/generation", generate),
        ("POST", f"{_SERVICES}/aigc/multimodal-generation/generation", converse),
        ("POST", f"{_SERVICES}/embeddings/text-embedding/text-embedding", embed),
        ("POST", f"{_SERVICES}/rerank/text-rerank/text-rerank", rerank),
    ],
    refuse=refuse,
)
