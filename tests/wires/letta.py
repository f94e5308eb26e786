# SPDX-License-Identifier: Apache-2.0
"""Letta's API: messages to agents, answered with messages of typed kinds, a reason to stop and what was used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.request import DONE, Answer, frame, streamed_answer, whole_answer

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State

_DATE = "2026-01-02T03:04:05+00:00"
_ANSWER = "To the left."


def _message(kind: str, **told: Any) -> dict[str, Any]:
    return {"id": "message-1", "date": _DATE, "message_type": kind, "step_id": "step-1", **told}


def _messages(reply: Reply) -> list[dict[str, Any]]:
    found = [_message("reasoning_message", reasoning=reply.reasoning or "Where?", source="reasoner_model")]
    for number, call in enumerate(reply.tool_calls):
        made = {"name": call.name, "arguments": json.dumps(call.arguments), "tool_call_id": f"call-{number}"}
        found.append(_message("tool_call_message", tool_call=made, tool_calls=None))
        returned = {"tool_return": "[1]", "tool_call_id": f"call-{number}", "status": "success"}
        found.append({**_message("tool_return_message", **returned), "id": "message-2"})
    return [*found, {**_message("assistant_message", content=reply.text or _ANSWER), "id": "message-3"}]


def _after(reply: Reply) -> tuple[dict[str, Any], dict[str, Any]]:
    used = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13, "step_count": 1}
    details = {"cached_input_tokens": 5, "cache_write_tokens": None, "reasoning_tokens": 2}
    return (
        {"message_type": "stop_reason", "stop_reason": reply.status or "end_turn"},
        {"message_type": "usage_statistics", **used, **details, **(reply.usage or {})},
    )


def _pieces(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a message word by word, as tokens are streamed."""
    (name,) = {"reasoning", "content"} & message.keys() or {None}
    if name is None:
        return [message]
    first, *words = message[name].split(" ")
    return [{**message, name: word} for word in (first, *(f" {word}" for word in words))]


def answer(request: Request, reply: Reply, state: State) -> Answer:
    """Answer a message whole, or streamed where that is asked for."""
    del state
    reason, used = _after(reply)
    messages = _messages(reply)
    if not (request.fields.get("streaming") or request.path.endswith("/stream")):
        return whole_answer({"messages": messages, "stop_reason": reason, "usage": used})
    if request.fields.get("stream_tokens"):
        messages = [piece for each in messages for piece in _pieces(each)]
    if reply.status == "error":
        failed = {
            "message_type": "error_message",
            "run_id": "run-1",
            "error_type": "llm_timeout",
            "message": "Slow.",
        }
        messages.append(failed)
    return streamed_answer([*(frame(each) for each in (*messages, reason, used)), DONE])


def refuse(request: Request, status: int) -> Answer:
    """Refuse as Letta does."""
    del request
    return whole_answer({"detail": f"refused with {status}"}, status)


def background(request: Request, reply: Reply, state: State) -> Answer:
    """Begin a run that is answered later."""
    del request, reply, state
    return whole_answer({"id": "run-1", "agent_id": "agent-1", "status": "created"})


def archive(request: Request, reply: Reply, state: State) -> Answer:
    """Make or delete an archive."""
    del request, reply, state
    return whole_answer({"id": "archive-1", "name": "house", "created_at": _DATE})


def _passage(number: int, text: str) -> dict[str, Any]:
    return {"id": f"passage-{number}", "text": text, "archive_id": "archive-1", "tags": []}


def kept(request: Request, reply: Reply, state: State) -> Answer:
    """Keep passages: one in an archive is answered by itself, others in a list."""
    del reply, state
    given = request.fields.get("passages") or [request.fields]
    made = [_passage(number, each.get("text", "")) for number, each in enumerate(given, 1)]
    alone = request.path.endswith("/passages")
    return whole_answer(made[0] if alone else made)


def listed(request: Request, reply: Reply, state: State) -> Answer:
    """List an agent's passages."""
    del request, reply, state
    return whole_answer([_passage(1, _ANSWER), _passage(2, "And up.")])


def searched(request: Request, reply: Reply, state: State) -> Answer:
    """Search an agent's passages, or those of all."""
    del reply, state
    if request.method == "POST":
        ranked = [{"passage": _passage(1, _ANSWER), "score": 0.5, "metadata": {}}]
        return whole_answer(ranked)
    found = [{"id": "passage-1", "content": _ANSWER, "timestamp": _DATE, "tags": []}]
    return whole_answer({"count": 1, "results": found})


def block(request: Request, reply: Reply, state: State) -> Answer:
    """Make, change, show or delete a block."""
    del reply, state
    return whole_answer({"id": "block-1", "label": "human", "value": request.fields.get("value", _ANSWER)})


WIRE = Wire(
    routes=[
        ("POST", "/v1/(agents|conversations)/[^/]+/messages(/stream)?", answer),
        ("POST", "/v1/agents/[^/]+/messages/async", background),
        ("POST", "/v1/archives/?", archive),
        ("DELETE", "/v1/archives/[^/]+", archive),
        ("POST", "/v1/archives/[^/]+/passages(/batch)?", kept),
        ("DELETE", "/v1/archives/[^/]+/passages/[^/]+", archive),
        ("POST", "/v1/agents/[^/]+/archival-memory", kept),
        ("GET", "/v1/agents/[^/]+/archival-memory", listed),
        ("DELETE", "/v1/agents/[^/]+/archival-memory/[^/]+", archive),
        ("GET", "/v1/agents/[^/]+/archival-memory/search", searched),
        ("POST", "/v1/passages/search", searched),
        ("POST", "/v1/blocks/?", block),
        *(
            (verb, "/v1/(agents/[^/]+/core-memory/)?blocks/[^/]+", block)
            for verb in ("GET", "PATCH", "DELETE")
        ),
    ],
    refuse=refuse,
)
