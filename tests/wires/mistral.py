# SPDX-License-Identifier: Apache-2.0
"""The wire of Mistral: completions of chats, agents and gaps, conversations, embeddings, documents, classifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.embeddings import vector
from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.request import DONE, Answer, frame, streamed_answer
from spanwright.console.provider.shape import dump, hexadecimal, mapping, sequence, string, true, whole
from spanwright.console.provider.tokens import count, words
from spanwright.console.provider.turn import Turn, take_turn

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State

CREATED = 1784567096
STAMP = "2026-07-20T17:04:56.000000Z"
# Status -> message, type, code.
_ERRORS = {
    400: ("Invalid model: {model}", "invalid_model", "1500"),
    404: ("Not Found", "not_found", "1000"),
    429: ("Rate limit exceeded", "rate_limited", "1300"),
    500: ("Service unavailable.", "internal_server_error", "3000"),
}


def refuse(request: Request, status: int) -> Answer:
    if status == 401:
        return Answer(dump({"detail": "Unauthorized"}).encode(), status=401)
    if status == 422:
        detail = [{"type": "missing", "loc": ["body", "model"], "msg": "Field required", "input": {}}]
        return Answer(dump({"detail": detail}).encode(), status=422)
    told, kind, code = _ERRORS.get(status, _ERRORS[500])
    body = {
        "object": "error",
        "message": told.format(model=request.model),
        "type": kind,
        "param": None,
        "code": code,
    }
    return Answer(dump(body).encode(), status=status)


def chat(request: Request, reply: Reply, state: State) -> Answer:
    body = request.fields
    model = request.model or string(body.get("agent_id"))
    if not model:
        return refuse(request, 422)
    if string(body.get("prompt")):
        body = {**body, "messages": [{"role": "user", "content": body["prompt"]}]}
    seed = state.seed(request)
    turn = _turn(body, model, reply, state, seed)
    told = _usage(turn, reply)
    name = reply.model or ("mistral-large-latest" if "agent_id" in body else model)
    head: dict[str, Any] = {"id": hexadecimal("", seed), "created": CREATED, "model": name}
    if true(body.get("stream")):
        return _stream(head, turn, told)
    calls = [
        {"id": call.id, "function": {"name": call.name, "arguments": call.arguments}, "index": at}
        for at, call in enumerate(turn.calls)
    ]
    message = {"role": "assistant", "tool_calls": calls or None, "content": _content(turn)}
    choice = {"index": 0, "finish_reason": turn.finish, "message": message}
    return Answer(dump({**head, "object": "chat.completion", "usage": told, "choices": [choice]}).encode())


def embed(request: Request, reply: Reply, state: State) -> Answer:
    given = request.fields.get("input")
    texts = [given] if isinstance(given, str) else [string(each) for each in sequence(given)]
    size = whole(request.fields.get("output_dimension"), 1024)
    data = [
        {"object": "embedding", "embedding": vector(text, size), "index": at} for at, text in enumerate(texts)
    ]
    used = sum(map(count, texts))
    told = {"prompt_audio_seconds": None, "prompt_tokens": used, "total_tokens": used, "completion_tokens": 0}
    head = {"id": hexadecimal("", state.seed(request)), "object": "list", "model": request.model}
    return Answer(dump({**head, "data": data, "usage": reply.usage or told}).encode())


def converse(request: Request, reply: Reply, state: State) -> Answer:
    body = request.fields
    seed = state.seed(request)
    named = request.path.removeprefix("/v1/conversations").strip("/").partition("/")[0]
    conversation = named or hexadecimal("conv_", seed)
    model = request.model or "mistral-medium-latest"
    turn = _turn(_as_chat(body), model, reply, state, seed)
    # A span of time, and which agent spoke, are told of every entry.
    head = {"created_at": STAMP, "model": model, "agent_id": body.get("agent_id")}
    usage = (
        dict(reply.usage)
        if reply.usage is not None
        else {
            "prompt_tokens": turn.usage.prompt,
            "completion_tokens": turn.usage.completion,
            "total_tokens": turn.usage.prompt + turn.usage.completion,
            "connector_tokens": None,
            "connectors": None,
        }
    )
    outputs: list[dict[str, Any]] = [dict(each) for each in reply.items]
    outputs += [
        {
            **head,
            "object": "entry",
            "type": "function.call",
            "completed_at": STAMP,
            "id": hexadecimal("fc_", seed, call.id),
            "tool_call_id": call.id,
            "name": call.name,
            "arguments": call.arguments,
        }
        for call in turn.calls
    ]
    if turn.text is not None:
        outputs.append(
            {
                **head,
                "object": "entry",
                "type": "message.output",
                "completed_at": STAMP,
                "id": hexadecimal("msg_", seed),
                "role": "assistant",
                "content": turn.text,
            }
        )
    if not true(body.get("stream")):
        told = {
            "object": "conversation.response",
            "conversation_id": conversation,
            "outputs": outputs,
            "usage": usage,
        }
        return Answer(dump(told).encode())
    events = [{"type": "conversation.response.started", "created_at": STAMP, "conversation_id": conversation}]
    for at, entry in enumerate(outputs):
        events += _entry_events(at, entry)
    events.append({"type": "conversation.response.done", "created_at": STAMP, "usage": usage})
    return streamed_answer([frame(event, event["type"]) for event in events])


def _entry_events(at: int, entry: dict[str, Any]) -> list[dict[str, Any]]:
    kept = {key: entry.get(key) for key in ("created_at", "id", "model", "agent_id")}
    head = {"output_index": at, **kept}
    if entry["type"] == "message.output":
        pieces = words(entry["content"])
        return [
            {"type": "message.output.delta", **head, "content_index": 0, "role": "assistant", "content": each}
            for each in pieces
        ]
    if entry["type"] == "function.call":
        told = {
            "type": "function.call.delta",
            **head,
            "name": entry["name"],
            "tool_call_id": entry["tool_call_id"],
        }
        half = len(entry["arguments"]) // 2
        return [
            {**told, "arguments": each} for each in (entry["arguments"][:half], entry["arguments"][half:])
        ]
    start = {
        "type": "tool.execution.started",
        **head,
        "name": entry["name"],
        "arguments": entry.get("arguments", ""),
    }
    done = {
        "type": "tool.execution.done",
        "created_at": STAMP,
        "output_index": at,
        "id": entry["id"],
        "name": entry["name"],
        "info": entry.get("info") or {},
    }
    return [start, done]


def _as_chat(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("inputs")
    entries = [{"role": "user", "content": given}] if isinstance(given, str) else sequence(given)
    messages: list[dict[str, Any]] = []
    for entry in map(mapping, entries):
        kind = string(entry.get("type"))
        if kind == "function.result":
            messages.append(
                {"role": "tool", "content": entry.get("result"), "tool_call_id": entry.get("tool_call_id")}
            )
        elif kind == "function.call":
            messages.append({"role": "assistant", "tool_calls": [{"function": entry}]})
        else:
            messages.append({"role": entry.get("role"), "content": entry.get("content")})
    return {**mapping(body.get("completion_args")), "messages": messages, "tools": body.get("tools")}


def read(request: Request, reply: Reply, state: State) -> Answer:
    page = {
        "index": 0,
        "markdown": reply.text or "# A page",
        "images": [],
        "dimensions": {"dpi": 200, "height": 2200, "width": 1700},
    }
    told = {
        "pages": [page],
        "model": request.model,
        "document_annotation": None,
        "usage_info": {"pages_processed": 1, "doc_size_bytes": 3002},
    }
    return Answer(dump(told).encode())


def classify(request: Request, reply: Reply, state: State) -> Answer:
    given = request.fields.get("input")
    inputs = given if isinstance(given, list) else [given]
    scores = {
        "categories": {"violence_and_threats": False},
        "category_scores": {"violence_and_threats": 0.01},
    }
    result: dict[str, Any] = scores if "moderation" in request.path else {"mood": {"scores": {"calm": 0.9}}}
    told = {
        "id": hexadecimal("", state.seed(request)),
        "model": request.model,
        "results": [result for _ in inputs],
    }
    return Answer(dump(told).encode())


def transcribe(request: Request, reply: Reply, state: State) -> Answer:
    text = reply.text or "Hello there, this is a reference recording."
    usage = reply.usage or {
        "prompt_audio_seconds": 3,
        "prompt_tokens": 8,
        "total_tokens": 20,
        "completion_tokens": 12,
    }
    told = {"model": request.model, "text": text, "language": None, "segments": [], "usage": usage}
    if string(request.fields.get("stream")).lower() != "true" and request.fields.get("stream") is not True:
        return Answer(dump(told).encode())
    events = [{"type": "transcription.text.delta", "text": word} for word in words(text)]
    events.append({"type": "transcription.done", **told})
    return streamed_answer([frame(event, event["type"]) for event in events])


def speak(request: Request, reply: Reply, state: State) -> Answer:
    return Answer(dump({"audio_data": "AAAA"}).encode())


def _turn(body: dict[str, Any], model: str, reply: Reply, state: State, seed: str) -> Turn:
    turn = take_turn(from_chat(body, model), body, reply, state, seed)
    for at, call in enumerate(turn.calls):
        call.id = hexadecimal("", seed, at, length=9)
    return turn


def _usage(turn: Turn, reply: Reply) -> dict[str, Any]:
    if reply.usage is not None:
        return dict(reply.usage)
    made, given = turn.usage.completion, turn.usage.prompt
    details = {"cached_tokens": turn.usage.cached}
    return {
        "prompt_tokens": given,
        "total_tokens": given + made,
        "completion_tokens": made,
        "prompt_tokens_details": details,
    }


def _content(turn: Turn) -> Any:
    if turn.reasoning is None:
        return turn.text or turn.refusal or ""
    return [_thinking(turn.reasoning), {"type": "text", "text": turn.text or ""}]


def _thinking(text: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


def _stream(head: dict[str, Any], turn: Turn, usage: dict[str, Any]) -> Answer:
    """The role first; each thought a part of its own; a call whole; finish and usage on the last chunk that says something."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": [_thinking(word)]} for word in words(turn.reasoning or "")]
    deltas += [{"content": word} for word in words(turn.text or turn.refusal or "")]
    if turn.calls:
        calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
                "index": at,
            }
            for at, call in enumerate(turn.calls)
        ]
        deltas.append({"tool_calls": calls})
    else:
        deltas.append({"content": ""})
    frames: list[bytes] = []
    for at, delta in enumerate(deltas):
        last = at == len(deltas) - 1
        choice = {"index": 0, "delta": delta, "finish_reason": turn.finish if last else None}
        chunk = {**head, "object": "chat.completion.chunk", "choices": [choice]}
        frames.append(frame({**chunk, "usage": usage} if last else chunk))
    return streamed_answer([*frames, DONE])


_CONVERSATION = "/v1/conversations(/[^/]+(/restart)?)?"
WIRE = Wire(
    routes=[
        ("POST", "/v1/(chat|fim|agents)/completions", chat),
        # Azure, and Google Cloud.
        ("POST", "(/models)?/chat/completions", chat),
        ("POST", "/v1/projects/.*:(stream)?[rR]awPredict", chat),
        ("POST", "(/stream)?/?[rR]awPredict|/streamRawPredict", chat),
        ("POST", "/v1/embeddings", embed),
        ("POST", _CONVERSATION, converse),
        ("POST", "/v1/ocr", read),
        ("POST", "/v1/(chat/)?(moderations|classifications)", classify),
        ("POST", "/v1/audio/transcriptions", transcribe),
        ("POST", "/v1/audio/speech", speak),
    ],
    refuse=refuse,
)
