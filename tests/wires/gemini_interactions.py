# SPDX-License-Identifier: Apache-2.0
"""Google's interactions: made of steps, streamed as typed events, stored under an id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spanwright.console.provider.prompt import from_chat
from spanwright.console.provider.request import Answer, frame, whole_answer
from spanwright.console.provider.shape import Json, dump, identity, mapping, sequence, string, true
from spanwright.console.provider.tokens import words
from spanwright.console.provider.turn import Turn, take_turn

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State

_STATUSES = {"stop": "completed", "length": "incomplete", "tool_calls": "requires_action"}
_TIME = "2026-06-05T17:35:35Z"


def create(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /interactions`."""
    seed = state.seed(request)
    body = request.fields
    turn = _turn(body, reply, state, seed)
    head = {"id": identity("v1_", seed), "object": "interaction"}
    named = {name: body[name] for name in ("model", "agent") if name in body}
    status = "in_progress" if true(body.get("background")) else reply.status or _STATUSES[turn.finish]
    whole: Json = {
        **head,
        "status": status,
        "created": _TIME,
        "updated": _TIME,
        "role": "model",
        **named,
        "service_tier": "standard",
    }
    if status != "in_progress":
        whole["usage"] = _usage(reply, turn)
    with state.lock:
        state.responses[head["id"]] = {**whole, "status": "completed", "steps": _steps(turn)}
    if true(body.get("stream")):
        return Answer(frames=list(_events(head, named, whole, turn)), kind="text/event-stream")
    return whole_answer({**whole, "steps": _steps(turn), "outputs": _outputs(turn)})


def fetch(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `GET /interactions/X` and its cancelling."""
    del reply
    told = state.responses.get(request.path.removesuffix("/cancel").rpartition("/")[2])
    if told is None:
        return whole_answer(
            {"error": {"code": "not_found", "message": "Requested entity was not found."}}, 404
        )
    return whole_answer({**told, "status": "cancelled"} if request.path.endswith("/cancel") else told)


def _turn(body: Json, reply: Reply, state: State, seed: str) -> Turn:
    tuned = mapping(body.get("generation_config"))
    asked = {
        "max_tokens": tuned.get("max_output_tokens"),
        "reasoning_effort": string(tuned.get("thinking_level")) or "none",
    }
    messages = (
        [{"role": "system", "content": body["system_instruction"]}] if "system_instruction" in body else []
    )
    given = body.get("input")
    steps = [{"type": "text", "text": given}] if isinstance(given, str) else sequence(given) or [given]
    messages += [each for step in map(mapping, steps) for each in _messages(step)]
    tools = [{"type": "function", "function": each} for each in sequence(body.get("tools"))]
    prompt = from_chat({"messages": messages, "tools": tools}, string(body.get("model")))
    return take_turn(prompt, asked, reply, state, seed)


def _messages(step: Json) -> list[Json]:
    kind = step.get("type")
    if kind == "function_call":
        call = {"name": step.get("name"), "arguments": dump(step.get("arguments"))}
        return [{"role": "assistant", "content": "", "tool_calls": [{"function": call}]}]
    if kind == "function_result":
        return [{"role": "tool", "content": dump(step.get("result"))}]
    held = sequence(step.get("content")) or [step]
    text = "\n".join(string(mapping(each).get("text")) for each in held)
    role = "assistant" if kind == "model_output" else "user"
    return [{"role": role, "content": text}]


def _outputs(turn: Turn) -> list[Json]:
    """The answer as the first versions of this API had it."""
    found: list[Json] = []
    if turn.reasoning:
        found.append({"type": "thought", "summary": [{"type": "text", "text": turn.reasoning}]})
    if turn.text:
        found.append({"type": "text", "text": turn.text})
    return found + _calls(turn)


def _steps(turn: Turn) -> list[Json]:
    found: list[Json] = []
    if turn.reasoning:
        found.append({"type": "thought", "summary": [{"type": "text", "text": turn.reasoning}]})
    if turn.text:
        found.append({"type": "model_output", "content": [{"type": "text", "text": turn.text}]})
    return found + _calls(turn)


def _calls(turn: Turn) -> list[Json]:
    return [
        {
            "type": "function_call",
            "id": each.id,
            "name": each.name,
            "arguments": json.loads(each.arguments),
        }
        for each in turn.calls
    ]


def _events(head: Json, named: Json, whole: Json, turn: Turn) -> Any:
    begun = {**head, "status": "in_progress", **named}
    yield _event("interaction.created", {"interaction": begun})
    yield _event("interaction.status_update", {"interaction_id": head["id"], "status": "in_progress"})
    at = 0
    for kind, text in (("thought", turn.reasoning), ("model_output", turn.text)):
        if not text:
            continue
        yield _event("step.start", {"index": at, "step": {"type": kind}})
        for word in words(text):
            delta: Json = {"text": word, "type": "text"}
            if kind == "thought":
                delta = {"content": delta, "type": "thought_summary"}
            yield _event("step.delta", {"index": at, "delta": delta})
        yield _event("step.stop", {"index": at})
        at += 1
    for call in _calls(turn):
        yield _event("step.start", {"index": at, "step": {**call, "arguments": {}}})
        delta = {"type": "arguments_delta", "arguments": dump(call["arguments"])}
        yield _event("step.delta", {"index": at, "delta": delta})
        yield _event("step.stop", {"index": at})
        at += 1
    yield _event("interaction.completed", {"interaction": whole})
    yield frame("[DONE]", "done")


def _event(kind: str, told: Json) -> bytes:
    return frame({**told, "event_type": kind}, kind)


def _usage(reply: Reply, turn: Turn) -> Json:
    if reply.usage is not None:
        return dict(reply.usage)
    used = turn.usage
    spoken = used.completion - used.reasoning
    return {
        "total_tokens": used.prompt + used.completion,
        "total_input_tokens": used.prompt,
        "input_tokens_by_modality": [{"modality": "text", "tokens": used.prompt}],
        "total_cached_tokens": used.cached,
        "total_output_tokens": spoken,
        "total_tool_use_tokens": 0,
        "total_thought_tokens": used.reasoning,
    }


_PLACE = r"/v1\w*/(projects/[^/]+/locations/[^/]+/)?interactions"
ROUTES = [
    ("POST", _PLACE, create),
    ("GET", f"{_PLACE}/[^/]+", fetch),
    ("POST", f"{_PLACE}/[^/]+/cancel", fetch),
]
