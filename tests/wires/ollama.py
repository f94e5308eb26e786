# SPDX-License-Identifier: Apache-2.0
"""Ollama's API as its server speaks it: chat, generate and embeddings, streamed as lines of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.embeddings import vector
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.request import Answer
from spanwright.console.provider.shape import Json, dump, hexadecimal, mapping, sequence, string
from spanwright.console.provider.tokens import count, words
from spanwright.console.provider.turn import Turn, take_turn

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State

NDJSON = "application/x-ndjson"
_ERRORS = {
    401: "unauthorized",
    404: "model '{model}' not found",
    429: "too many requests",
    500: "llama runner process has terminated: exit status 2",
}


def refuse(request: Request, status: int) -> Answer:
    """Answers an error as the server does: one text."""
    told = _ERRORS.get(status, "invalid request").format(model=request.model)
    return Answer(dump({"error": told}).encode(), status=status, kind="application/json; charset=utf-8")


def chat(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /api/chat`."""
    body = request.fields
    turn = _turn(body, request.model, reply, state, state.seed(request))
    calls = [
        {
            "id": call.id or hexadecimal("call_", state.seed(request), at, length=8),
            "function": {"index": at, "name": call.name, "arguments": _arguments(call.arguments)},
        }
        for at, call in enumerate(turn.calls)
    ]
    pieces: list[Json] = [{"content": "", "thinking": each} for each in words(turn.reasoning or "")]
    pieces += [{"content": each} for each in words(turn.text or "")]
    if calls:
        pieces.append({"content": "", "tool_calls": calls})
    whole: Json = {"content": turn.text or ""}
    if turn.reasoning:
        whole["thinking"] = turn.reasoning
    if calls:
        whole["tool_calls"] = calls
    if body.get("stream") is False:
        return _whole(request, reply, turn, {"message": {"role": "assistant", **whole}})
    return _lines(
        request,
        reply,
        turn,
        [{"message": {"role": "assistant", **each}} for each in pieces],
        {"message": {"role": "assistant", "content": ""}},
    )


def generate(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /api/generate`."""
    body = request.fields
    messages = [{"role": "system", "content": body["system"]}] if body.get("system") else []
    asked = {**body, "messages": [*messages, {"role": "user", "content": body.get("prompt", "")}]}
    turn = _turn(asked, request.model, reply, state, state.seed(request))
    if body.get("stream") is False:
        told: Json = {"response": turn.text or "", "context": [1, 2, 3]}
        if turn.reasoning:
            told["thinking"] = turn.reasoning
        return _whole(request, reply, turn, told)
    pieces: list[Json] = [{"response": "", "thinking": each} for each in words(turn.reasoning or "")]
    pieces += [{"response": each} for each in words(turn.text or "")]
    return _lines(request, reply, turn, pieces, {"response": "", "context": [1, 2, 3]})


def embed(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /api/embed`."""
    del state
    given = request.fields.get("input")
    texts = [given] if isinstance(given, str) else [string(each) for each in sequence(given)]
    told = {
        "model": reply.model or request.model,
        "embeddings": [vector(text, request.fields.get("dimensions") or 8) for text in texts],
        "total_duration": 14143917,
        "load_duration": 1019500,
        "prompt_eval_count": sum(map(count, texts)),
    }
    return _json({**told, **(reply.usage or {})})


def embeddings(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /api/embeddings`, which tells the vector alone."""
    del reply, state
    return _json({"embedding": vector(string(request.fields.get("prompt")), 8)})


def tags(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `GET /api/tags`."""
    del request, reply, state
    return _json({"models": []})


def pull(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /api/pull`."""
    del reply, state
    lines = [{"status": "pulling manifest"}, {"status": "success"}]
    if request.fields.get("stream") is False:
        return _json(lines[-1])
    return Answer(frames=[_line(each) for each in lines], kind=NDJSON)


def _turn(body: Json, model: str, reply: Reply, state: State, seed: str) -> Turn:
    tuned = mapping(body.get("options"))
    asked = {
        **body,
        "max_tokens": tuned.get("num_predict"),
        "stop": tuned.get("stop"),
        "response_format": _form(body.get("format")),
    }
    return take_turn(from_chat(asked, model), asked, reply, state, seed)


def _form(given: Any) -> Json | None:
    if not given:
        return None
    if isinstance(given, dict):
        return {"type": "json_schema", "json_schema": {"schema": given}}
    return {"type": "json_object"}


def _arguments(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except ValueError:
        return {"text": text}


def _head(request: Request, reply: Reply) -> Json:
    return {"model": reply.model or request.model, "created_at": "2026-08-07T06:08:07.590207Z"}


def _counts(reply: Reply, turn: Turn) -> Json:
    told = {
        "done": True,
        # The server says `stop` of tool calls too.
        "done_reason": turn.finish if turn.finish in ("stop", "length") else "stop",
        "total_duration": 8313421042,
        "load_duration": 4768032458,
        "prompt_eval_count": turn.usage.prompt,
        "prompt_eval_duration": 65296000,
        "eval_count": turn.usage.completion,
        "eval_duration": 3478845000,
    }
    if reply.usage is not None:
        told = {key: value for key, value in told.items() if not key.endswith("_count")}
    return {**told, **(reply.usage or {})}


def _whole(request: Request, reply: Reply, turn: Turn, told: Json) -> Answer:
    return _json({**_head(request, reply), **told, **_counts(reply, turn)})


def _lines(request: Request, reply: Reply, turn: Turn, pieces: list[Json], last: Json) -> Answer:
    head = _head(request, reply)
    lines: list[Json] = [{**head, **each, "done": False} for each in pieces]
    name = request.model.partition(":")[2] if request.model.startswith("odd:") else ""
    if name == "mid-stream-error":
        return Answer(frames=[_line(lines[0]), _line({"error": "an error was encountered"})], kind=NDJSON)
    if name == "mid-stream-cut":
        return Answer(frames=[_line(each) for each in lines], kind=NDJSON, cut_after=1)
    return Answer(
        frames=[*map(_line, lines), _line({**head, **last, **_counts(reply, turn)})],
        kind=NDJSON,
    )


def _json(told: Json) -> Answer:
    return Answer(dump(told).encode(), kind="application/json; charset=utf-8")


def _line(told: Json) -> bytes:
    return dump(told).encode() + b"\n"


WIRE = Wire(
    routes=[
        ("POST", "/api/chat", chat),
        ("POST", "/api/generate", generate),
        ("POST", "/api/embed", embed),
        ("POST", "/api/embeddings", embeddings),
        ("POST", "/api/pull", pull),
        ("GET", "/api/tags", tags),
    ],
    refuse=refuse,
)
