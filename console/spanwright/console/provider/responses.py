# SPDX-License-Identifier: Apache-2.0
"""Responses: `/responses` and what hangs below it, with stored and background responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider import azure, events, strange
from spanwright.console.provider.errors import invalid, missing, not_found
from spanwright.console.provider.items import output_items
from spanwright.console.provider.prompt import from_response
from spanwright.console.provider.request import frame, streamed_answer, whole_answer
from spanwright.console.provider.shape import Json, hexadecimal, mapping, sequence, string, true, whole
from spanwright.console.provider.tokens import count
from spanwright.console.provider.turn import SNAPSHOTS, take_turn

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Answer, Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.turn import Turn

# What a response repeats of its request, with the value where the request has none.
_ECHOED: Json = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
    "metadata": {},
}
_NEXT = {"queued": "in_progress", "in_progress": "completed"}


def create(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /responses`."""
    body = request.fields
    if not request.model:
        return missing("model")
    if refused := strange.refuse(request):
        return refused
    previous = string(body.get("previous_response_id"))
    if previous and previous not in state.responses:
        told = f"Previous response with id '{previous}' not found."
        return invalid(told, "previous_response_id", "previous_response_not_found")
    seed = state.seed(request)
    before = _history(state, previous or _conversation(body))
    prompt = strange.bend_prompt(from_response(body, request.model, before))
    turn = take_turn(prompt, body, reply, state, seed)
    response = _response(turn, body, reply, state, seed)
    response["model"] = reply.model or SNAPSHOTS.get(request.model, request.model)
    if request.azure:
        response["content_filters"] = azure.content_filters()
    response["output"] = [] if _failed(reply) else output_items(turn, prompt, body, reply, seed)
    strange.bend_response(request, response)
    _store(state, response, [*before, *_given(body, seed)], _conversation(body))
    if true(body.get("stream")):
        return strange.bend_events(request, _stream(response, body))
    if response["background"]:
        return whole_answer(_as(response, "queued"))
    return strange.bend_body(request, response)


def retrieve(request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `GET /responses/{id}`; a background response moves on each time it is asked for."""
    response = state.responses.get(_id(request))
    if response is None:
        return _unknown(request)
    if true(request.query.get("stream")):
        after = whole(request.query.get("starting_after"), -1)
        told = events.stream(response, obfuscate=False)
        return streamed_answer(
            [frame(each, each["type"]) for each in told if each["sequence_number"] > after]
        )
    with state.lock:
        status = state.progress.get(_id(request), string(response["status"]))
        status = _NEXT.get(status, status)
        if status == "completed":
            state.progress.pop(_id(request), None)
        elif status == "in_progress":
            state.progress[_id(request)] = status
    return whole_answer(response if status == "completed" else _as(response, status))


def cancel(request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `POST /responses/{id}/cancel`; only what runs in the background can be cancelled."""
    response = state.responses.get(_id(request))
    if response is None:
        return _unknown(request)
    if not response["background"]:
        return invalid("Cannot cancel a synchronous response.")
    with state.lock:
        if state.progress.pop(_id(request), None):
            response.update(_as(response, "cancelled"))
    return whole_answer(response)


def delete(request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `DELETE /responses/{id}`."""
    if state.responses.pop(_id(request), None) is None:
        return _unknown(request)
    return whole_answer({"id": _id(request), "object": "response", "deleted": True})


def input_items(request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `GET /responses/{id}/input_items`, the newest first."""
    if _id(request) not in state.responses:
        return _unknown(request)
    items = state.inputs.get(_id(request), [])[::-1]
    ends = (
        {"first_id": items[0]["id"], "last_id": items[-1]["id"]} if items else {"first_id": "", "last_id": ""}
    )
    return whole_answer({"object": "list", "data": items, **ends, "has_more": False})


def input_tokens(request: Request, _reply: Reply, _state: State) -> Answer:
    """Answers `POST /responses/input_tokens`."""
    size = from_response(request.fields, request.model).size
    return whole_answer({"object": "response.input_tokens", "input_tokens": size})


def compact(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `POST /responses/compact`: what the user said stays, the rest becomes one opaque item."""
    body = request.fields
    if not request.model:
        return missing("model")
    seed = state.seed(request)
    given = [*_history(state, string(body.get("previous_response_id"))), *_given(body, seed)]
    prompt = from_response({"instructions": body.get("instructions")}, request.model, given)
    opaque = {"id": hexadecimal("cmp_", seed, length=50), "type": "compaction"}
    opaque["encrypted_content"] = hexadecimal("encrypted-", seed, length=64)
    kept = [item for item in given if item.get("role") == "user"]
    usage = {
        "input_tokens": prompt.size,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": count(opaque["encrypted_content"]),
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt.size + count(opaque["encrypted_content"]),
    }
    return whole_answer(
        {
            "id": hexadecimal("resp_", seed, length=50),
            "object": "response.compaction",
            "created_at": state.created,
            "output": [*kept, opaque],
            "usage": dict(reply.usage) if reply.usage is not None else usage,
        }
    )


def _response(turn: Turn, body: Json, reply: Reply, state: State, seed: str) -> Json:
    """A finished response without its output."""
    status = reply.status or ("incomplete" if turn.finish in ("length", "content_filter") else "completed")
    reason = "content_filter" if turn.finish == "content_filter" else "max_output_tokens"
    error = {"code": "server_error", "message": reply.text or "The model failed to answer."}
    reasoning = mapping(body.get("reasoning"))
    tier = string(body.get("service_tier"))
    response: Json = {
        "id": hexadecimal("resp_", seed, length=50),
        "object": "response",
        "created_at": state.created,
        "status": status,
        "billing": {"payer": "developer"},
        "completed_at": state.created + 1 if status == "completed" else None,
        "error": error if status == "failed" else None,
        "frequency_penalty": 0.0,
        "incomplete_details": {"reason": reason} if status == "incomplete" else None,
        "moderation": None,
        "presence_penalty": 0.0,
        "prompt_cache_retention": "24h",
        "reasoning": {"context": None, "effort": None, "mode": "standard", "summary": None, **reasoning},
        "service_tier": tier if tier not in ("", "auto") else "default",
        "text": _text(mapping(body.get("text"))),
        "tools": [_tool(tool) for tool in sequence(body.get("tools"))],
        "usage": dict(reply.usage) if reply.usage is not None else turn.usage.responses(),
    }
    for key, default in _ECHOED.items():
        response[key] = default if body.get(key) is None else body[key]
    if conversation := _conversation(body):
        response["conversation"] = {"id": conversation}
    if status == "failed":
        response["usage"] = None
    return response


def _stream(response: Json, body: Json) -> list[Json]:
    obfuscate = mapping(body.get("stream_options")).get("include_obfuscation") is not False
    return events.stream(response, obfuscate=obfuscate)


def _store(state: State, response: Json, given: list[Json], conversation: str) -> None:
    if not response["store"]:
        return
    with state.lock:
        for key in filter(None, (response["id"], conversation)):
            state.responses[key] = response
            state.inputs[key] = given
        if response["background"]:
            state.progress[response["id"]] = "queued"


def _as(response: Json, status: str) -> Json:
    """The response as it was before it was finished."""
    return {**response, "status": status, "output": [], "usage": None, "completed_at": None}


def _history(state: State, key: str) -> list[Json]:
    """Everything that was said up to the end of that response."""
    response = state.responses.get(key)
    return [*state.inputs.get(key, []), *sequence(response["output"])] if response else []


def _given(body: Json, seed: str) -> list[Json]:
    """The input of a request as items, each with an id."""
    given = body.get("input")
    if isinstance(given, str):
        given = [{"role": "user", "content": [{"type": "input_text", "text": given}]}]
    items: list[Json] = []
    for at, item in enumerate(map(mapping, sequence(given))):
        content = item.get("content")
        whole_item: Json = {
            "id": hexadecimal("msg_", seed, "input", at, length=50),
            "type": "message",
            **item,
        }
        if isinstance(content, str):
            whole_item["content"] = [{"type": "input_text", "text": content}]
        if whole_item["type"] == "message":
            whole_item.setdefault("status", "completed")
        items.append(whole_item)
    return items


def _conversation(body: Json) -> str:
    return string(mapping(body.get("conversation")).get("id")) or string(body.get("conversation"))


def _text(told: Json) -> Json:
    form = {**mapping(told.get("format"))} or {"type": "text"}
    if form.get("type") == "json_schema":
        form.setdefault("description", None)
        form.setdefault("strict", True)
    return {"format": form, "verbosity": told.get("verbosity") or "medium"}


def _tool(tool: object) -> Json:
    defaults = {"description": None, "strict": True} if mapping(tool).get("type") == "function" else {}
    return {**defaults, **mapping(tool)}


def _failed(reply: Reply) -> bool:
    return reply.status == "failed"


def _id(request: Request) -> str:
    return request.path.split("/responses/", 1)[1].split("/")[0]


def _unknown(request: Request) -> Answer:
    return not_found(f"Response with id '{_id(request)}' not found.")
